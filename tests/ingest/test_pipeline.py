"""Rows become records: each outcome, and what is left behind by what is refused."""

import pytest

from registry.models import Record, Resident
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import ingest, outcomes, wage

pytestmark = pytest.mark.django_db


def test_signed_rows_are_accepted():
    employer = make_furnisher()
    upload = ingest(employer, [wage(1), wage(2)])
    assert outcomes(upload) == {1: ("accepted", []), 2: ("accepted", [])}
    assert (upload.status, upload.accepted, upload.rows) == ("done", 2, 2)
    assert (Resident.objects.count(), Record.objects.count()) == (2, 2)
