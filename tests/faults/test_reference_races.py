"""One reference, brought by two chunks at once for two people, becomes one person's."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from django.db import connection, transaction

from consent.checks import introduced
from tests.factories.consents import attested, make_furnisher, make_resident

pytestmark = pytest.mark.django_db(transaction=True)


def test_second_to_bring_a_reference_waits_and_finds_whose_it_became():
    furnisher, resident = make_furnisher(), make_resident()

    def bring_it_too():
        try:
            with transaction.atomic():
                return introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert introduced(organisation=furnisher.organisation_id, references=["SQ-1"]) == {}
            second = pool.submit(bring_it_too)
            with pytest.raises(StillWaiting):
                second.result(timeout=1.0)
            attested(furnisher, resident, reference="SQ-1")
        assert second.result(timeout=30)["SQ-1"].resident == resident.id


def test_reference_on_file_makes_nobody_wait():
    furnisher, resident = make_furnisher(), make_resident()
    attested(furnisher, resident, reference="SQ-1")

    def ask():
        try:
            with transaction.atomic():
                return introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
        assert pool.submit(ask).result(timeout=10)["SQ-1"].resident == resident.id
