"""A dry run: the very pipeline over the whole file, of which nothing remains but counts and codes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ingest import services
from ingest.errors import ColumnsMissing
from ingest.errors.requests import NotPreviewed, TrialRunning
from ingest.models import RowResult, Upload
from ingest.pipeline.trial import rehearse
from ingest.services import choosing, confirming, previewing, trying
from registry.models import LedgerEntry, Record, Resident
from tests.factories.organisations import make_furnisher
from tests.factories.previews import CLERK, act, choose, confirm, held, tried, upload_of
from tests.factories.uploads import BY, as_csv, evidence, outcomes, receive, run, wage

pytestmark = pytest.mark.django_db

# What a dry run writes, all of it counts and codes: the upload's own row, rows' codes, who asked for it.
WRITTEN = {"ingest_upload", "ingest_rowresult", "registry_ledgerentry", "registry_ledgerpending"}


@pytest.fixture
def employer():
    return make_furnisher()


def mixed():
    """Five good rows, one without consent, one with a wrong number, one with a wrong month."""
    good = [wage(number) for number in range(1, 6)]
    wrong = wage(7, id_number=wage(7)["id_number"][:-1] + ("1" if wage(7)["id_number"][-1] != "1" else "2"))
    return [*good, wage(6, signed=False), wrong, wage(8, month="March")]


def rows_by_table():
    """How many rows every table holds."""
    tables = [name for name in connection.introspection.table_names() if not name.startswith("django_")]
    with connection.cursor() as cursor:
        counts = {}
        for name in tables:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return counts


def test_dry_run_counts_what_would_become_of_the_rows(employer):
    upload = tried(held(employer, as_csv(mixed())))
    counts = upload.trial_counts
    assert (upload.status, upload.trial, counts["rows"]) == ("previewed", "done", 8)
    assert [counts[name] for name in Upload.OUTCOMES] == [5, 0, 0, 0, 3]
    assert {(one["code"], one["count"]) for one in counts["reasons"] if not one["warning"]} >= {
        ("consent_missing", 1),
        ("id_number_check", 1),
        ("month_format", 1),
    }


@pytest.mark.django_db(transaction=True)
def test_dry_run_leaves_nothing_but_counts_and_codes():
    tried(held(make_furnisher(), as_csv([wage(9)])))  # has the keys made that every work needs
    upload = held(make_furnisher(), as_csv(mixed()))
    before = rows_by_table()
    tried(upload, rows=3)
    after = rows_by_table()
    assert {name for name in after if after[name] != before[name]} <= WRITTEN
    assert (Record.objects.count(), Resident.objects.count(), upload.chunks.count()) == (0, 0, 0)
    assert LedgerEntry.objects.latest("id").event == "upload_tried"


def test_dry_run_says_of_each_row_what_the_real_one_says(employer):
    upload = tried(held(employer, as_csv(mixed())))
    foretold = outcomes(upload)
    done = run(confirm(upload))
    assert (done.status, done.accepted, done.refused) == ("done_with_errors", 5, 3)
    assert foretold == {row: told for row, told in outcomes(done).items() if told[0] == "refused"}
    assert set(foretold) == {6, 7, 8}


def test_rows_on_file_are_told_from_new_ones(employer):
    run(receive(employer, as_csv([wage(1), wage(2)])))
    upload = tried(held(employer, as_csv([wage(1), wage(2, gross="9999.00"), wage(3)])))
    assert [upload.trial_counts[name] for name in Upload.OUTCOMES] == [1, 1, 1, 0, 0]
    assert outcomes(upload) == {1: ("unchanged", []), 2: ("corrected", [])}


def test_outcomes_of_a_dry_run_go_when_the_file_is_confirmed(employer):
    upload = tried(held(employer, as_csv(mixed())))
    assert RowResult.objects.filter(upload=upload).count() == 3
    confirm(upload)
    assert RowResult.objects.filter(upload=upload).count() == 0


def test_choice_after_a_dry_run_takes_its_result_back(employer):
    upload = tried(held(employer, as_csv(mixed())))
    choose(upload, fields={list(wage(1)).index("net"): ""})
    found = upload_of(upload.id)
    assert (found.trial, found.trial_counts, found.results.count()) == ("", {}, 0)


def test_cancelling_takes_a_dry_runs_rows_with_it(employer):
    upload = tried(held(employer, as_csv(mixed())))
    services.cancel(**act(upload))
    found = upload_of(upload.id)
    assert (found.status, found.results.count(), found.refused) == ("cancelled", 0, 0)


def test_nothing_may_change_under_a_dry_run(employer):
    upload = held(employer, as_csv(mixed()))
    trying.ask(**act(upload))
    for deed in (choosing.choose, choosing.forget, confirming.confirm, trying.ask):
        with pytest.raises(TrialRunning):
            deed(**act(upload))


def test_dry_run_of_an_unusable_preview_is_refused(employer):
    upload = held(employer, as_csv([{"姓名": "张伟", "应发工资": "1"}]), type="wage")
    with pytest.raises(ColumnsMissing):
        trying.ask(**act(upload))


def test_file_that_is_not_held_cannot_be_tried(employer):
    upload = receive(employer, as_csv([wage(1)]))
    with pytest.raises(NotPreviewed):
        trying.ask(**act(upload))


def test_dry_run_is_done_by_one_worker_at_a_time(employer):
    upload = held(employer, as_csv(mixed()))
    trying.ask(**act(upload))
    assert trying.take(upload=upload.id, at=timezone.now())
    assert not rehearse(upload=upload.id, by=BY, clock=timezone.now)


def test_dry_run_whose_worker_died_is_found_and_done_again(employer):
    upload = held(employer, as_csv(mixed()))
    trying.ask(**act(upload))
    lost = trying.take(upload=upload.id, at=timezone.now())
    tally = trying.Tally()
    later = timezone.now() + timedelta(minutes=2)
    assert trying.waiting(at=timezone.now()) == []
    assert services.sweep(by=BY, at=later).trials == [upload.id]
    assert rehearse(upload=upload.id, by=BY, clock=lambda: later)
    assert not trying.end(upload=upload.id, attempt=lost, tally=tally, by=BY, at=later)
    assert upload_of(upload.id).trial_counts["rows"] == 8


def test_dry_run_ends_when_the_upload_is_cancelled_meanwhile(employer):
    upload = held(employer, as_csv(mixed()))
    trying.ask(**act(upload))
    moments = iter(range(100))

    def clock():
        if next(moments) == 2:
            services.cancel(**act(upload))
        return timezone.now()

    assert not rehearse(upload=upload.id, by=BY, clock=clock, rows=2)
    found = upload_of(upload.id)
    assert (found.status, found.trial, found.results.count()) == ("cancelled", "", 0)


def test_error_further_down_the_file_ends_the_dry_run_and_the_file_waits_on(employer):
    content = as_csv([wage(number) for number in range(1, 80)]) + b'"never closed'
    upload = tried(held(employer, content))
    assert (upload.status, upload.trial, upload.trial_counts["error"]) == (
        "previewed",
        "done",
        "truncated_file",
    )


def test_preview_outlives_its_day_while_a_dry_run_needs_it(employer):
    upload = held(employer, as_csv(mixed()))
    trying.ask(**act(upload))
    assert previewing.fade(at=timezone.now() + timedelta(hours=30)) == 0


def test_codes_of_no_more_than_so_many_rows_are_kept(employer, monkeypatch):
    monkeypatch.setattr(trying, "ROWS_KEPT", 2)
    upload = tried(held(employer, as_csv(mixed())), rows=3)
    assert (upload.results.count(), upload.trial_counts["refused"]) == (2, 3)


def test_evidence_of_one_chunk_is_not_there_for_the_next(employer):
    first = wage(1, month="2026-01")
    referring = wage(1, month="2026-02", signed=False) | {
        "consent_reference": evidence(1)["consent_reference"]
    }
    upload = tried(held(employer, as_csv([first, referring])), rows=1)
    assert outcomes(upload) == {2: ("refused", [("consent_missing", "consent_reference")])}
    assert tried(upload).trial_counts["accepted"] == 2


def test_ledger_says_who_tried_what_and_no_value(employer):
    tried(held(employer, as_csv(mixed())))
    body = LedgerEntry.objects.get(event="upload_tried").body
    assert CLERK in body
    assert '"refused":3' in body.replace(" ", "")
    assert wage(1)["name"] not in body
