"""Records as a stream, over real HTTP: answered while others come, kept as answered, nothing twice."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from ingest.models import Upload
from registry.models import Record
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.talk import PATH, lines, talk
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(shared_site):
    """One for all, since nothing here breaks it; streams that a test left open have ended before the next."""
    yield shared_site
    wait_for(lambda: not Upload.objects.filter(status__in=Upload.OPEN).exists(), "the ends of streams")


@pytest.fixture
def key(site):
    return make_key(make_furnisher().pk, "records", "uploads")


def test_each_line_is_answered_while_others_are_still_to_come(site, key):
    with_us = talk(site, key)
    for number in (1, 2, 3):
        with_us.write(lines([number]))
        assert with_us.line() == {"row": number, "outcome": "accepted", "errors": [], "warnings": []}
        assert Record.objects.count() == number
    with_us.end()
    [last] = with_us.rest()
    assert (last["state"], last["rows"], last["counts"]["accepted"], last["error"]) == ("done", 3, 3, None)
    assert with_us.open().getheader("Location") == f"/api/v1/uploads/{last['upload']}"
    upload = Upload.objects.get()
    assert (upload.source, upload.status, upload.accepted) == ("stream", "done", 3)


def test_line_cut_anywhere_is_one_line(site, key):
    with_us = talk(site, key)
    whole = lines([1, 2])
    for place in range(0, len(whole), 97):
        with_us.write(whole[place : place + 97])
    with_us.end()
    assert [one["outcome"] for one in with_us.rest()[:-1]] == ["accepted"] * 2


def test_bad_lines_are_answered_in_order_and_others_are_kept(site, key):
    bad = [
        b"{",
        b"[1]",
        b'"x"',
        b'{"a":1}',
        b'{"name":"x","name":"y"}',
        b'{"name":{"x":1}}',
        b"\xff\xfe",
        b"",
    ]
    with_us = talk(site, key)
    with_us.write(lines([1]) + b"\n".join(bad) + b"\n" + lines([2], gross="many") + lines([3]))
    with_us.end()
    *answers, last = with_us.rest()
    said = [(one["row"], one["outcome"], [fault["code"] for fault in one["errors"]]) for one in answers]
    assert said == [
        (1, "accepted", []),
        (2, "refused", ["json_invalid"]),
        (3, "refused", ["json_invalid"]),
        (4, "refused", ["json_invalid"]),
        (5, "refused", ["json_unknown_key"]),
        (6, "refused", ["json_duplicate_key"]),
        (7, "refused", ["json_nested"]),
        (8, "refused", ["json_invalid"]),
        (10, "refused", ["amount_format"]),
        (11, "accepted", []),
    ]
    assert (last["state"], last["rows"], last["counts"]["refused"]) == ("done_with_errors", 10, 8)
    assert Record.objects.count() == 2


def test_same_lines_again_change_nothing(site, key):
    for outcome in ("accepted", "unchanged"):
        with_us = talk(site, key)
        with_us.write(lines([1, 2]))
        with_us.end()
        assert [one["outcome"] for one in with_us.rest()[:-1]] == [outcome] * 2
    assert Record.objects.count() == 2


def test_broken_line_keeps_what_was_answered_and_ends_the_upload(site, key):
    with_us = talk(site, key)
    with_us.write(lines([1, 2]) + lines([3])[:50])
    assert [with_us.line()["row"], with_us.line()["row"]] == [1, 2]
    with_us.socket.close()
    with_us.answer.close()
    wait_for(lambda: Upload.objects.get().status in Upload.FINISHED)
    upload = Upload.objects.get()
    assert (upload.accepted, upload.refused, Record.objects.count()) == (2, 1, 2)


def test_sender_that_listens_only_afterwards_is_served(site, key):
    with_us = talk(site, key)
    bad = b'{"no_such_field_of_any_record":"%s"}\n' % (b"x" * 40)
    for _ in range(200):
        with_us.write(bad * 250)  # their answers are larger than every buffer between us
    with_us.end()
    answers = with_us.rest()
    assert len(answers) == 50_001
    assert [one["row"] for one in answers[:-1]] == list(range(1, 50_001))
    assert sum(len(json.dumps(one)) for one in answers) > 8_000_000


def test_reader_waits_while_rows_are_being_stored(site, key):
    with_us = talk(site, key)
    sent = 0
    stop = threading.Event()
    block = lines(range(1, 251))

    def send() -> None:
        nonlocal sent
        for _ in range(400):
            if stop.is_set():
                return
            with_us.write(block)
            sent += 250
        with_us.end()

    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_record IN EXCLUSIVE MODE")
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        time.sleep(4)
        first = sent
        time.sleep(2)
        assert sent == first
        assert first < 60_000
        stop.set()
    thread.join(60)
    with_us.socket.close()


def test_forbidden_name_ends_the_stream_and_keeps_what_was_answered(site, key):
    with_us = talk(site, key)
    with_us.write(lines([1]))
    assert with_us.line()["outcome"] == "accepted"
    with_us.write(b'{"religion": "x"}\n')
    with_us.end()
    [last] = with_us.rest()
    assert (last["error"]["code"], last["rows"], last["counts"]["accepted"]) == ("forbidden_column", 1, 1)
    assert Record.objects.count() == 1


def test_cancelled_stream_takes_no_more(site, key):
    with_us = talk(site, key)
    with_us.write(lines([1]))
    with_us.line()
    upload = Upload.objects.get()
    asked = http.client.HTTPConnection(urlsplit(site.url).netloc)
    asked.request("DELETE", f"/api/v1/uploads/{upload.id}", headers={"Authorization": f"Bearer {key}"})
    assert asked.getresponse().status == 200
    with_us.write(lines([2]))
    [last] = with_us.rest()
    assert (last["state"], last["error"]["code"]) == ("cancelled", "stream_over")
    assert Record.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload_Type": ""}, 422, "invalid_request"),
        ({"Upload_Type": "nothing"}, 422, "record_type_unknown"),
        ({"Upload_Type": "bill"}, 422, "record_type_not_yours"),
        ({"Content_Type": "text/csv"}, 415, "unsupported_media_type"),
        ({"Upload_As_Of": "2099-01-01"}, 422, "invalid_request"),
        ({"Authorization": "Bearer x"}, 401, "api_key_required"),
    ],
)
def test_stream_that_may_not_begin_is_refused_at_once(site, key, headers, status, code):
    with_us = talk(site, key, **headers)
    with_us.end()
    assert (with_us.open().status, json.loads(with_us.open().read())["code"]) == (status, code)
    assert Upload.objects.count() == 0


def test_key_opens_one_stream_alone(site, key):
    first = talk(site, key, Idempotency_Key="night-1")
    first.write(lines([1]))
    upload = first.open().getheader("Location").rpartition("/")[2]
    second = talk(site, key, Idempotency_Key="night-1")
    second.end()
    said = json.loads(second.open().read())
    assert (second.open().status, said["code"], said["context"]["upload"]) == (409, "stream_known", upload)
    first.end()
    first.rest()


def test_length_may_be_said_beforehand(site, key):
    content = lines([1, 2, 3])[:-1]
    asked = http.client.HTTPConnection(urlsplit(site.url).netloc)
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson", "Upload-Type": "wage"}
    asked.request("POST", PATH, content, given)
    answers = asked.getresponse().read().splitlines()
    assert [json.loads(one)["outcome"] for one in answers[:-1]] == ["accepted"] * 3


def chunked(site, key, pieces: Iterator[bytes], content_type="application/x-ndjson"):
    asked = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    given = {"Authorization": f"Bearer {key}", "Content-Type": content_type, "Upload-Type": "wage"}
    asked.request(
        "POST", "/api/v1/uploads", pieces, given | {"Transfer-Encoding": "chunked"}, encode_chunked=True
    )
    answer = asked.getresponse()
    return answer.status, json.loads(answer.read())


def test_file_of_unknown_length_is_taken_if_its_count_is_right(site, key):
    status, said = chunked(site, key, iter([lines([1]), lines([2, 3]), b'{"registry_end": 3}\n']))
    assert status == 202
    wait_for(lambda: Upload.objects.get(id=said["id"]).status in Upload.FINISHED)
    assert (Upload.objects.get().rows, Upload.objects.get().accepted) == (3, 3)


@pytest.mark.parametrize("end", [b"", b'{"registry_end": 2}\n', b'{"registry_e'])
def test_file_of_unknown_length_that_broke_off_is_not_taken(site, key, end):
    status, said = chunked(site, key, iter([lines([1, 2, 3]), end] if end else [lines([1, 2, 3])]))
    assert (status, said["code"], Upload.objects.count()) == (400, "broken_off", 0)


def test_table_of_unknown_length_is_not_taken(site, key):
    status, said = chunked(site, key, iter([b"a,b\n1,2\n"]), "text/csv")
    assert (status, said["code"]) == (411, "length_required")
