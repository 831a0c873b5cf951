"""Chunks: how large, whose turn, how many at once; and what they tell of rows that left no result."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest import pipeline, queries, services
from ingest.models import Chunk, RowResult, Upload
from ingest.services import leases, pacing
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import BY, as_csv, ingest, outcomes, receive, run, wage

pytestmark = pytest.mark.django_db


def cut(furnisher, first, count, rows=1):
    """A file of so many people's wages in chunks of `rows`, none of them worked on."""
    upload = receive(furnisher, as_csv([wage(number) for number in range(first, first + count)]))
    assert services.split(upload=upload.id, by=BY, clock=timezone.now, rows=rows)
    return upload


def turns(chunks):
    """Whose chunks these are, and which."""
    found = {chunk.id: (chunk.upload_id, chunk.number) for chunk in Chunk.objects.all()}
    return [found[chunk] for chunk in chunks]


def test_plain_acceptance_leaves_no_result_and_is_listed_all_the_same():
    upload = ingest(make_furnisher(), [wage(1), wage(2, signed=False), wage(3, net="9999999.00"), wage(4)])
    assert sorted(RowResult.objects.values_list("row", flat=True)) == [2, 3]
    told = [(one.row, one.outcome, len(one.warnings)) for one in queries.rows(upload.id)]
    assert told == [(1, "accepted", 0), (2, "refused", 0), (3, "accepted", 1), (4, "accepted", 0)]


def test_rows_are_paged_over_chunks_by_outcome():
    rows = [wage(number, signed=number % 3 > 0) for number in range(1, 13)]
    upload = run(receive(make_furnisher(), as_csv(rows)), rows=5)
    listed = {outcome: [] for outcome in (None, "accepted", "refused")}
    for outcome, numbers in listed.items():
        while page := queries.rows(upload.id, outcome=outcome, after=max(numbers, default=0), limit=2):
            assert len(page) <= 2
            numbers += [one.row for one in page]
    refused = [3, 6, 9, 12]
    accepted = [number for number in range(1, 13) if number not in refused]
    assert listed == {None: list(range(1, 13)), "accepted": accepted, "refused": refused}


def test_blank_lines_between_rows_are_no_rows():
    head, *lines = as_csv([wage(number) for number in range(1, 5)]).decode().splitlines()
    blank = "," * head.count(",")
    text = "\n".join([head, lines[0], blank, blank, lines[1], lines[2], blank, lines[3]])
    upload = run(receive(make_furnisher(), text.encode()))
    assert upload.chunks.get().gaps == [[2, 3], [6, 6]]
    assert list(outcomes(upload)) == [1, 4, 5, 7]
    assert [one.row for one in queries.rows(upload.id, after=2, limit=2)] == [4, 5]


def test_rows_of_a_chunk_that_is_not_done_are_not_listed():
    upload = cut(make_furnisher(), 1, 2)
    pipeline.work(chunk=upload.chunks.get(number=2).id, by=BY, at=timezone.now())
    assert [one.row for one in queries.rows(upload.id)] == [2]


def test_file_with_the_fewest_chunks_under_way_comes_next():
    now, furnisher = timezone.now(), make_furnisher()
    first, second = cut(furnisher, 1, 6), cut(furnisher, 100, 2)
    woken = leases.wake_chunks(at=now)
    assert turns(woken) == [(first.id, 1), (second.id, 1), (first.id, 2), (second.id, 2)]


def test_few_messages_are_under_way_however_many_chunks_wait():
    now = timezone.now()
    upload = cut(make_furnisher(), 1, 9)
    woken = leases.wake_chunks(at=now)
    assert (turns(woken), leases.wake_chunks(at=now)) == ([(upload.id, n) for n in (1, 2, 3, 4)], [])
    assert services.take_chunk(chunk=woken[0], at=now)  # one is taken: one more may follow
    assert turns(leases.wake_chunks(at=now)) == [(upload.id, 5)]


def test_chunk_that_nobody_took_is_woken_again():
    now = timezone.now()
    upload = cut(make_furnisher(), 1, 1)
    assert turns(leases.wake_chunks(at=now)) == [(upload.id, 1)]
    assert leases.wake_chunks(at=now + timedelta(seconds=29)) == []
    assert turns(leases.wake_chunks(at=now + timedelta(seconds=31))) == [(upload.id, 1)]


def test_chunks_of_a_cancelled_file_wake_nobody():
    upload = cut(make_furnisher(), 1, 3)
    services.cancel(organisation=upload.organisation_id, upload=upload.id, by=BY, at=timezone.now())
    assert leases.wake_chunks(at=timezone.now()) == []


def test_waiting_file_is_woken_for_once_in_half_a_minute():
    now = timezone.now()
    upload = receive(make_furnisher(), as_csv([wage(1)]))
    assert services.sweep(by=BY, at=now).uploads == [upload.id]
    assert services.sweep(by=BY, at=now + timedelta(seconds=5)).uploads == []
    assert services.sweep(by=BY, at=now + timedelta(seconds=31)).uploads == [upload.id]


def test_file_is_not_cut_while_too_much_lies_staged(settings):
    furnisher = make_furnisher()
    settings.STAGING_MOST_BYTES = 1_000
    waiting = cut(furnisher, 1, 3, rows=10)  # the first one is cut, however large
    other = receive(furnisher, as_csv([wage(number) for number in range(20, 40)]))
    assert not services.split(upload=other.id, by=BY, clock=timezone.now)
    assert Upload.objects.get(id=other.id).status == "received"
    pipeline.work(chunk=waiting.chunks.get().id, by=BY, at=timezone.now())
    assert services.split(upload=other.id, by=BY, clock=timezone.now)


@pytest.mark.parametrize(
    ("rows", "seconds", "size"),
    [(4_000, 3.2, 2_500), (4_000, 20.0, 1_000), (4_000, 0.1, 4_000), (500, 0.1, 4_000)],
)
def test_chunk_is_as_large_as_two_seconds_work(rows, seconds, size):
    run(receive(make_furnisher(), as_csv([wage(1)])))
    Chunk.objects.update(rows=rows, seconds=seconds)
    assert pacing.rows_a_chunk("wage") == size
    assert pacing.rows_a_chunk("bill") == pacing.CHUNK_ROWS


def test_chunk_says_how_long_it_took():
    upload = run(receive(make_furnisher(), as_csv([wage(1)])))
    assert upload.chunks.get().seconds > 0


def test_reasons_and_quality_are_kept_with_the_upload():
    rows = [
        wage(1, net=""),
        wage(2, signed=False, net="-"),
        wage(3, month="2026-13", due_on="", paid_on=""),
        wage(4, net="9999999.00"),
        wage(5, signed=False),
    ]
    upload = run(receive(make_furnisher(), as_csv(rows)), rows=2)
    reasons = {
        (one["outcome"], one["code"], one["field"], one["warning"]): one["count"] for one in upload.reasons
    }
    assert reasons == {
        ("refused", "consent_missing", "", False): 2,
        ("refused", "month_format", "month", False): 1,
        ("accepted", "amounts_inconsistent", "net", True): 1,
    }
    days = (timezone.localdate() - timezone.localdate().replace(2026, 3, 31)).days
    quality = upload.quality
    assert (quality["rows"], quality["dated"], quality["lag_days"]) == (5, 4, 4 * days)
    assert (quality["filled"]["gross"], quality["filled"]["net"], quality["filled"]["name"]) == (5, 3, 5)
