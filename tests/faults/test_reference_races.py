"""One reference, brought by two chunks at once for two people, becomes one person's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from consent.checks import introduced
from tests.factories.consents import attested, make_furnisher, make_resident
from tests.factories.waiting import PATIENCE, wait_until_blocked

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
            wait_until_blocked()
            assert not second.done()
            attested(furnisher, resident, reference="SQ-1")
        assert second.result(PATIENCE)["SQ-1"].resident == resident.id


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
        assert pool.submit(ask).result(PATIENCE)["SQ-1"].resident == resident.id
