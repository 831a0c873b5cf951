"""One reference, brought by two chunks at once for two people, becomes one person's."""

import pytest
from django.db import transaction

from consent.checks import introduced
from registry import residents
from registry.models import Settlement
from tests.factories.consents import attested, make_furnisher, make_resident
from tests.factories.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_brings_a_reference_that_another_brought_meanwhile_does_it_again():
    furnisher, resident = make_furnisher(), make_resident()
    organisation = furnisher.organisation_id

    def bring_it_too():
        with transaction.atomic():
            assert introduced(organisation=organisation, references=["SQ-1"]) == {}
            attested(furnisher, resident, reference="SQ-1")
            residents.settle()

    def bring_it_as_well():
        with transaction.atomic():
            introduced(organisation=organisation, references=["SQ-1"])
            at_once([bring_it_too])
            residents.settle()

    with pytest.raises(residents.Overtaken):
        bring_it_as_well()
    with transaction.atomic():
        again = introduced(organisation=organisation, references=["SQ-1"])
        residents.settle()
    assert again["SQ-1"].resident == resident.id


def test_another_reference_brought_meanwhile_disturbs_nobody():
    furnisher = make_furnisher()

    def bring_another():
        with transaction.atomic():
            introduced(organisation=furnisher.organisation_id, references=["SQ-2"])
            residents.settle()

    with transaction.atomic():
        introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
        at_once([bring_another])
        residents.settle()
    assert Settlement.objects.count() > 0


def test_reference_on_file_makes_nobody_do_it_again():
    furnisher, resident = make_furnisher(), make_resident()
    attested(furnisher, resident, reference="SQ-1")

    def ask():
        with transaction.atomic():
            found = introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
            residents.settle()
        return found

    with transaction.atomic():
        introduced(organisation=furnisher.organisation_id, references=["SQ-1"])
        assert at_once([ask])[0]["SQ-1"].resident == resident.id
        residents.settle()
