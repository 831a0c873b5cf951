"""Rows become records: each outcome, by which consent, and that nothing happens twice."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import services as consents
from consent.models import Consent
from ingest import pipeline, services
from ingest.models import Chunk, RowResult
from registry.ledger import Event
from registry.models import Identity, LedgerEntry, Link, Message, Record, Resident
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import (
    BY,
    as_csv,
    employment,
    evidence,
    ingest,
    outcomes,
    person,
    receive,
    run,
    wage,
)

pytestmark = pytest.mark.django_db


def withdraw(consent):
    consents.withdraw(
        consent_id=consent.id,
        resident=consent.resident_id,
        by=f"resident:{consent.resident_id}",
        at=timezone.now(),
        how="self_service",
    )


def test_signed_rows_are_accepted():
    upload = ingest(make_furnisher(), [wage(1), wage(2)])
    assert outcomes(upload) == {1: ("accepted", []), 2: ("accepted", [])}
    assert (upload.status, upload.accepted, upload.rows) == ("done", 2, 2)
    assert (Resident.objects.count(), Record.objects.count(), Consent.objects.count()) == (2, 2, 2)


def test_each_attested_person_is_told():
    ingest(make_furnisher(), [wage(1), wage(1, month="2026-04"), wage(2)])
    assert Message.objects.filter(kind="consent_attested").count() == 2


def test_same_rows_in_another_file_are_unchanged():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    upload = ingest(employer, [wage(1), wage(2)])
    assert outcomes(upload) == {1: ("unchanged", []), 2: ("accepted", [])}
    assert (Record.objects.count(), Identity.objects.count(), Consent.objects.count()) == (2, 2, 2)


def test_changed_row_corrects_the_record():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    upload = ingest(employer, [wage(1, gross="9999.00")])
    assert outcomes(upload) == {1: ("corrected", [])}
    assert sorted(Record.objects.values_list("status", flat=True)) == ["active", "corrected"]


def test_row_with_a_reference_on_file_needs_no_evidence():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    upload = ingest(employer, [wage(1, month="2026-04", signed=False, consent_reference="SQ-1")])
    assert outcomes(upload) == {1: ("accepted", [])}
    assert {record.consent_id for record in Record.objects.all()} == {Consent.objects.get().id}


def test_row_without_reference_uses_any_consent_that_covers_it():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    upload = ingest(employer, [wage(1, month="2026-04", signed=False)])
    assert outcomes(upload) == {1: ("accepted", [])}


def test_consent_for_another_category_does_not_cover():
    employer = make_furnisher()
    ingest(employer, [employment(1)], type="employment")
    upload = ingest(employer, [wage(1, signed=False, consent_reference="SQ-1")])
    assert outcomes(upload) == {1: ("refused", [("consent_missing", "consent_reference")])}


def test_another_furnishers_consent_does_not_cover():
    ingest(make_furnisher(), [wage(1)])
    upload = ingest(make_furnisher(), [wage(1, signed=False)])
    assert outcomes(upload) == {1: ("refused", [("consent_missing", "")])}


def test_evidence_in_one_row_covers_the_rows_that_name_its_reference():
    rows = [wage(1, signed=False, consent_reference="SQ-1"), wage(1, month="2026-04")]
    assert outcomes(ingest(make_furnisher(), rows)) == {1: ("accepted", []), 2: ("accepted", [])}
    assert Consent.objects.count() == 1


def test_evidence_in_an_earlier_chunk_covers_later_ones():
    rows = [wage(1), wage(1, month="2026-04", signed=False, consent_reference="SQ-1")]
    upload = run(receive(make_furnisher(), as_csv(rows)), rows=1)
    assert outcomes(upload) == {1: ("accepted", []), 2: ("accepted", [])}


def test_row_done_before_the_chunk_with_its_evidence_is_taken_when_the_file_comes_again():
    employer, missing = make_furnisher(), [("consent_missing", "consent_reference")]
    rows = [wage(1, signed=False, consent_reference="SQ-1"), wage(1, month="2026-04")]
    first = run(receive(employer, as_csv(rows)), rows=1)
    assert outcomes(first) == {1: ("refused", missing), 2: ("accepted", [])}
    again = run(receive(employer, as_csv(rows)), rows=1)
    assert outcomes(again) == {1: ("accepted", []), 2: ("unchanged", [])}


def test_evidence_in_one_row_does_not_cover_another_person():
    rows = [wage(1), wage(2, signed=False, consent_reference="SQ-1")]
    upload = ingest(make_furnisher(), rows)
    assert outcomes(upload)[2] == ("refused", [("identity_mismatch", "consent_reference")])
    assert Resident.objects.count() == 1


def test_withdrawal_outlasts_the_paper_signed_before_it():
    employer = make_furnisher()
    ingest(employer, [wage(1), wage(2)])
    consent = Consent.objects.get(resident=Record.objects.get(row=1).resident)
    withdraw(consent)
    rows = [wage(1, month="2026-04"), wage(2, month="2026-04"), wage(3)]
    upload = ingest(employer, rows)
    assert outcomes(upload) == {
        1: ("refused", [("consent_withdrawn", "consent_reference")]),
        2: ("accepted", []),
        3: ("accepted", []),
    }
    assert not Record.objects.filter(consent_id=consent.id, status="active").exists()


def test_new_paper_under_a_withdrawn_persons_name_leaves_no_new_identity():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    consent = Consent.objects.get()
    withdraw(consent)
    upload = ingest(employer, [wage(1, month="2026-04", mobile="13900000001")])
    assert outcomes(upload)[1] == ("refused", [("consent_withdrawn", "consent_reference")])
    assert (Identity.objects.count(), Link.objects.count()) == (1, 1)


def test_doubtful_person_is_held_under_a_resident_of_their_own():
    known = person(1)
    born = f"{known['id_number'][6:10]}-{known['id_number'][10:12]}-{known['id_number'][12:14]}"
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    doubtful = wage(1, month="2026-04") | evidence(2, separate="yes") | {"id_number": "", "birth_date": born}
    upload = ingest(employer, [doubtful | {"name": known["name"][0] + "某"}])
    assert upload.results.get().outcome == "held_for_review"
    assert (upload.held_for_review, Resident.objects.count()) == (1, 2)
    assert Link.objects.filter(decision="review").count() == 1


def test_chunk_run_again_changes_nothing():
    employer = make_furnisher()
    upload = ingest(employer, [wage(1), wage(2, signed=False)])
    before = (Record.objects.count(), RowResult.objects.count(), LedgerEntry.objects.count())
    chunk = Chunk.objects.get()
    assert pipeline.work(chunk=chunk.id, by=BY, at=timezone.now()) is False
    assert services.take_chunk(chunk=chunk.id, at=timezone.now()) is False
    assert services.finish(upload=upload.id, by=BY, at=timezone.now()) is False
    assert (Record.objects.count(), RowResult.objects.count(), LedgerEntry.objects.count()) == before


def test_acts_of_an_upload_stand_in_the_ledger():
    employer = make_furnisher()
    upload = ingest(employer, [wage(1), wage(2, signed=False)])
    entries = LedgerEntry.objects.filter(body__contains=str(upload.id)).order_by("id")
    assert list(entries.values_list("event", flat=True)) == [
        Event.UPLOAD_RECEIVED,
        Event.RECORDS_STORED,
        Event.UPLOAD_FINISHED,
    ]
    assert '"accepted":1' in entries.last().body
    assert '"refused":1' in entries.last().body


def test_reference_of_two_people_in_one_file_is_the_first_ones():
    first = wage(1)
    upload = ingest(make_furnisher(), [first, wage(2, consent_reference=first["consent_reference"])])
    assert outcomes(upload) == {
        1: ("accepted", []),
        2: ("refused", [("identity_mismatch", "consent_reference")]),
    }


def test_queries_do_not_grow_with_rows():
    employer = make_furnisher()
    counts = []
    for first, count in ((1, 3), (50, 3), (100, 40)):  # the first one also opens this process's keys
        upload = receive(employer, as_csv([wage(number) for number in range(first, first + count)]))
        services.split(upload=upload.id, by=BY, clock=timezone.now)
        chunk = Chunk.objects.get(upload=upload)
        with CaptureQueriesContext(connection) as captured:
            pipeline.work(chunk=chunk.id, by=BY, at=timezone.now())
        counts.append(len(captured))
    assert counts[1] == counts[2]


def test_file_in_several_chunks_is_whole():
    upload = receive(make_furnisher(), as_csv([wage(number) for number in range(1, 26)]))
    assert (run(upload, rows=10).status, upload.accepted) == ("done", 25)
    assert [(c.number, c.first_row, c.last_row) for c in upload.chunks.order_by("number")] == [
        (1, 1, 10),
        (2, 11, 20),
        (3, 21, 25),
    ]
