"""A held file before anything is stored: what is seen of it, what may be chosen, what is remembered."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ingest.errors import ColumnsMissing, RecordTypeUnknown
from ingest.errors.requests import NotPreviewed
from ingest.models import RememberedMapping, Upload
from ingest.readers import Choices
from ingest.services import choosing, confirming, looking, previewing
from ingest.services.previews import preview_of
from registry import staging
from registry.errors import InvalidRequest, NotFound
from registry.models import LedgerEntry, Record, Resident
from tests.factories.organisations import make_furnisher
from tests.factories.previews import CLERK, act, choose, confirm, held, peeked, upload_of, workbook
from tests.factories.uploads import as_csv, receive, run, wage

pytestmark = pytest.mark.django_db

SILENT = ("列1", "列2", "列3", "列4")


@pytest.fixture
def employer():
    return make_furnisher()


def told(event):
    """Who did it and what the ledger says of the one such act."""
    body = json.loads(LedgerEntry.objects.get(event=event).body)
    return body["by"], body["details"]


def silent_rows(count=5):
    """Wages under headers that say nothing."""
    return [
        dict(zip(SILENT, (row["name"], row["id_number"], row["month"], row["gross"]), strict=True))
        for row in (wage(number) for number in range(1, count + 1))
    ]


def fields_of(upload):
    return list(preview_of(upload).mapping.fields)


def hows_of(upload):
    return [match.how for match in preview_of(upload).mapping.matched]


def test_held_file_waits_and_nothing_of_it_is_stored(employer):
    upload = held(employer, as_csv([wage(1), wage(2)]))
    assert (upload.status, upload.awaiting, upload.chunks.count(), upload.results.count()) == (
        "previewed",
        True,
        0,
        0,
    )
    assert (Record.objects.count(), Resident.objects.count()) == (0, 0)
    assert LedgerEntry.objects.filter(organisation=employer.pk).latest("id").event == "upload_received"


def test_file_that_is_not_held_is_not_looked_at(employer):
    upload = receive(employer, as_csv([wage(1)]))
    assert not previewing.peek(upload=upload.id, by=CLERK, clock=timezone.now)
    assert upload_of(upload.id).status == "received"


def test_sweep_does_not_finish_a_file_that_waits_for_its_confirmation(employer):
    from ingest import services

    upload = held(employer, as_csv([wage(1)]))
    services.sweep(by=CLERK, at=timezone.now())
    assert upload_of(upload.id).status == "previewed"


def test_preview_says_what_was_found(employer):
    rows = [{"姓名": wage(n)["name"], "月份": "2026-03", "应发工资": "1.00"} for n in range(1, 4)]
    upload = held(employer, as_csv(rows, "gb18030", ";"))
    head = preview_of(upload).head
    assert (head.kind, head.encoding, head.delimiter, head.header_row, head.more) == (
        "csv",
        "gb18030",
        ";",
        1,
        False,
    )
    assert (head.columns, len(head.rows)) == (["姓名", "月份", "应发工资"], 3)


def test_only_the_head_of_a_file_is_kept(employer):
    upload = held(employer, as_csv([wage(number) for number in range(1, 200)]))
    head = preview_of(upload).head
    assert (len(head.rows), head.more) == (looking.HEAD, True)


def test_preview_is_not_readable_in_the_table(employer):
    upload = held(employer, as_csv(silent_rows()))
    confirm(upload)
    again = held(employer, as_csv(silent_rows(4)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(u)::text FROM ingest_upload u")
        text = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT row_to_json(r)::text FROM ingest_rememberedmapping r")
        text += " ".join(row[0] for row in cursor.fetchall())
    person = wage(1)
    assert preview_of(again).head.rows[0].cells[0] == person["name"]
    words = [person["name"], person["id_number"], "列1"]
    coded = [word.encode().hex() for word in words]
    assert [word for word in (*words, *coded) if word in text] == []


def test_rows_are_checked_and_the_refused_ones_counted(employer):
    rows = [wage(1), wage(2, month="March"), wage(3, month="April", gross="viel")]
    upload = held(employer, as_csv(rows))
    sample = previewing.check(upload, preview_of(upload), at=timezone.now())
    assert (sample.refused, sample.fault) == (2, "")
    assert ("month_format", "month", False, 2) in sample.reasons
    assert ("amount_format", "gross", False, 1) in sample.reasons


def test_forbidden_column_refuses_the_file_and_nothing_is_kept(employer):
    upload = held(employer, as_csv([wage(1) | {"宗教信仰": "无"}]))
    assert (upload.status, upload.error_code, upload.preview, upload.file_key) == (
        "rejected",
        "forbidden_column",
        None,
        None,
    )


def test_forbidden_words_in_cells_refuse_the_file_too(employer):
    rows = [wage(number) | {"备注2": "佛教"} for number in range(1, 4)]
    assert held(employer, as_csv(rows)).error_code == "forbidden_column"
    assert run(receive(employer, as_csv(rows))).error_code == "forbidden_column"


def test_file_that_no_choice_can_cure_is_rejected(employer):
    assert held(employer, b"%PDF-1.7 no table").status == "rejected"


def test_file_that_a_choice_may_cure_waits_with_its_error(employer):
    upload = held(employer, b"2026-03,8000.00,5000.00\n2026-03,8001.00,5000.00\n")
    preview = preview_of(upload)
    assert (upload.status, preview.error, preview.head) == ("previewed", "header_missing", None)


def test_columns_without_telling_names_are_recognised_by_content_and_marked(employer):
    upload = held(employer, as_csv(silent_rows()))
    assert fields_of(upload) == ["name", "id_number", "month", "gross"]
    assert hows_of(upload) == ["content"] * 4


def test_without_anybody_to_look_nothing_is_recognised_by_content(employer):
    upload = run(receive(employer, as_csv(silent_rows()), type="wage"))
    assert (upload.status, upload.error_code) == ("rejected", "columns_missing")


def two_months(first=1):
    """A workbook with two sheets alike: one row in February's, two in March's."""
    february, march = wage(first), [wage(first + 1), wage(first + 2)]
    return workbook(
        二月=[list(february), list(february.values())],
        三月=[list(february), *(list(row.values()) for row in march)],
    )


def other_sheet(upload):
    """The sheet that is not read by itself, and how many rows it has."""
    sheet = next(name for name in preview_of(upload).head.sheets if name != preview_of(upload).head.sheet)
    return sheet, {"二月": 1, "三月": 2}[sheet]


def test_chosen_sheet_is_read_instead(employer):
    upload = held(employer, two_months(), filename="a.xlsx")
    assert preview_of(upload).head.sheets == ["二月", "三月"]
    sheet, count = other_sheet(upload)
    head = preview_of(choose(upload, reading=Choices(sheet=sheet))).head
    assert (head.sheet, head.columns, len(head.rows)) == (sheet, list(wage(1)), count)


def test_chosen_header_row_and_encoding_are_used(employer):
    content = "甲,乙\n姓名,月份\n张伟,2026-03\n".encode("gb18030")
    upload = choose(held(employer, content), reading=Choices(header_row=2, encoding="gb18030"))
    head = preview_of(upload).head
    assert (head.columns, head.header_row, head.rows[0].cells) == (["姓名", "月份"], 2, ["张伟", "2026-03"])


def test_choice_that_cannot_be_read_says_so_and_can_be_taken_back(employer):
    upload = choose(held(employer, as_csv([wage(1)])), reading=Choices(encoding="utf-16-le"))
    broken = preview_of(upload)
    assert (upload.status, broken.head, bool(broken.error)) == ("previewed", None, True)
    assert preview_of(choose(upload, reading=Choices())).head.columns == list(wage(1))


@pytest.mark.parametrize(
    "choice",
    [
        {"reading": Choices(encoding="ebcdic")},
        {"reading": Choices(delimiter="x")},
        {"reading": Choices(header_row=100_000)},
        {"record_type": "bill"},
        {"record_type": "horoscope"},
        {"fields": {0: "horoscope"}},
        {"fields": {99: "name"}},
    ],
)
def test_what_does_not_exist_cannot_be_chosen(employer, choice):
    upload = held(employer, as_csv([wage(1)]))
    with pytest.raises(InvalidRequest):
        choose(upload, **choice)
    assert upload_of(upload.id).choices is None


def test_chosen_fields_and_type_are_used_at_once(employer):
    upload = held(employer, as_csv([{"x": "张伟", "月份": "2026-03", "y": "1.00"}]), type="wage")
    chosen = choose(upload, fields={0: "name", 1: "month", 2: "gross"})
    assert (chosen.status, fields_of(chosen), hows_of(chosen)) == (
        "previewed",
        ["name", "month", "gross"],
        ["chosen", "name", "chosen"],
    )
    other = choose(chosen, record_type="platform_work")
    assert (preview_of(other).mapping.record_type, fields_of(other)[0]) == ("platform_work", "name")


def test_left_out_column_stays_out(employer):
    upload = held(employer, as_csv([wage(1)]))
    place = list(wage(1)).index("net")
    chosen = choose(upload, fields={place: ""})
    assert (fields_of(chosen)[place], hows_of(chosen)[place]) == ("", "chosen")


def test_confirmed_file_goes_in_as_it_was_shown(employer):
    rows = [wage(number) for number in (1, 2, 3)]
    renamed = [{("应发之数" if key == "gross" else key): value for key, value in row.items()} for row in rows]
    upload = choose(
        held(employer, as_csv(renamed), type="wage"), fields={list(wage(1)).index("gross"): "gross"}
    )
    found = confirm(upload)
    assert (found.status, found.preview, found.confirmed_by, found.type) == ("parsing", None, CLERK, "wage")
    done = run(found)
    assert (done.status, done.accepted, Record.objects.count()) == ("done", 3, 3)
    assert told("upload_confirmed") == (CLERK, {"upload": str(upload.id), "type": "wage"})


def test_confirmed_reading_holds_for_the_whole_file(employer):
    upload = held(employer, two_months(), filename="a.xlsx")
    sheet, count = other_sheet(upload)
    done = run(confirm(choose(upload, reading=Choices(sheet=sheet))))
    assert (done.status, done.accepted) == ("done", count)


@pytest.mark.parametrize(
    ("rows", "error"),
    [([{"甲": "1", "乙": "2"}], RecordTypeUnknown), ([{"姓名": "张伟", "应发工资": "1"}], ColumnsMissing)],
)
def test_preview_with_a_problem_cannot_be_confirmed(employer, rows, error):
    upload = held(employer, as_csv(rows), type="wage" if error is ColumnsMissing else "")
    with pytest.raises(error):
        confirm(upload)
    assert upload_of(upload.id).awaiting


def test_file_of_another_organisation_is_not_there(employer):
    upload = held(employer, as_csv([wage(1)]))
    stranger = act(upload) | {"organisation": make_furnisher().id}
    for deed in (choosing.choose, choosing.forget, confirming.confirm):
        with pytest.raises(NotFound):
            deed(**stranger)


def test_confirmed_file_can_no_longer_be_changed(employer):
    upload = held(employer, as_csv([wage(1)]))
    confirm(upload)
    for deed in (choosing.choose, choosing.forget, confirming.confirm):
        with pytest.raises(NotPreviewed):
            deed(**act(upload))


def test_cancelled_file_leaves_no_preview(employer):
    from ingest import services

    upload = held(employer, as_csv([wage(1)]))
    services.cancel(**act(upload))
    found = upload_of(upload.id)
    assert (found.status, found.preview, found.choices, found.file_key) == ("cancelled", None, None, None)


def test_preview_goes_after_a_day_and_can_be_had_again(employer):
    upload = held(employer, as_csv([wage(1)]))
    soon, late = upload.previewed_at + timedelta(hours=23), upload.previewed_at + timedelta(hours=25)
    assert (previewing.fade(at=soon), previewing.fade(at=late)) == (0, 1)
    with pytest.raises(NotPreviewed):
        preview_of(upload_of(upload.id))
    assert preview_of(choose(upload_of(upload.id))).head.columns == list(wage(1))


def test_file_that_nobody_confirms_is_destroyed_after_a_week(employer):
    upload = held(employer, as_csv([wage(1)]))
    late = upload.received_at + timedelta(days=8)
    assert (
        confirming.lapse(by="system:ingest", at=upload.received_at + timedelta(days=6)),
        upload.awaiting,
    ) == (
        0,
        True,
    )
    assert confirming.lapse(by="system:ingest", at=late) == 1
    found = upload_of(upload.id)
    assert (found.status, found.file_key) == ("cancelled", None)


class TestMemory:
    """What was confirmed once is known the next time."""

    def test_mapping_is_known_the_next_time(self, employer):
        first = held(employer, as_csv([{"甲": "张伟", "乙": "2026-03", "丙": "1.00"}]), type="wage")
        confirm(choose(first, fields={0: "name", 1: "month", 2: "gross"}))
        second = held(employer, as_csv([{"甲": "王芳", "乙": "2026-04", "丙": "2.00"}]))
        assert (fields_of(second), hows_of(second)) == (["name", "month", "gross"], ["remembered"] * 3)
        assert preview_of(second).mapping.record_type == "wage"
        assert preview_of(second).memory_at is not None

    def test_machine_that_sends_the_same_columns_needs_no_one(self, employer):
        confirm(held(employer, as_csv(silent_rows())))
        done = run(receive(employer, as_csv(silent_rows(3)), type=""))
        assert (done.status, done.rows, done.type) == ("done_with_errors", 3, "wage")
        assert {code for one in done.results.all() for code, _ in one.errors} == {"consent_missing"}

    def test_choice_of_sheet_is_known_the_next_time(self, employer):
        first = held(employer, two_months(1), filename="a.xlsx")
        sheet, count = other_sheet(first)
        confirm(choose(first, reading=Choices(sheet=sheet)))
        second = held(employer, two_months(4), filename="b.xlsx")
        assert (preview_of(second).head.sheet, preview_of(second).memory is not None) == (sheet, True)
        done = run(receive(employer, two_months(7), filename="c.xlsx", type=""))
        assert (done.status, done.accepted) == ("done", count)

    def test_other_headers_are_not_taken_for_the_same(self, employer):
        confirm(held(employer, as_csv([wage(1)])))
        other = held(employer, as_csv([wage(2) | {"备注": "x"}]))
        assert preview_of(other).memory is None

    def test_another_organisation_knows_nothing_of_it(self, employer):
        confirm(held(employer, as_csv(silent_rows())))
        upload = held(make_furnisher(), as_csv(silent_rows(4)))
        assert (preview_of(upload).memory, hows_of(upload)) == (None, ["content"] * 4)
        digests = {bytes(one.headers) for one in RememberedMapping.objects.all()}
        confirm(upload)
        assert len({bytes(one.headers) for one in RememberedMapping.objects.all()} - digests) == 1

    def test_what_is_confirmed_last_counts(self, employer):
        confirm(held(employer, as_csv(silent_rows())))
        confirm(choose(held(employer, as_csv(silent_rows(4))), fields={1: ""}))
        assert fields_of(held(employer, as_csv(silent_rows(3)))) == ["name", "", "month", "gross"]
        assert RememberedMapping.objects.count() == 1

    def test_it_can_be_forgotten(self, employer):
        confirm(choose(held(employer, as_csv(silent_rows())), fields={1: ""}))
        upload = held(employer, as_csv(silent_rows(4)))
        again = peeked(choosing.forget(**act(upload)))
        assert (preview_of(again).memory, fields_of(again)[1]) == (None, "id_number")
        assert RememberedMapping.objects.count() == 0
        assert told("mapping_forgotten") == (CLERK, {"upload": str(upload.id), "type": "wage"})

    def test_it_outlives_a_new_index_key(self, employer, monkeypatch):
        from registry import keys
        from registry.vault import BlindIndexer

        confirm(choose(held(employer, as_csv(silent_rows())), fields={1: ""}))
        old = keys.indexers()
        newer = BlindIndexer(b"n" * 32, version=old[-1].version + 1)
        monkeypatch.setattr(keys, "indexers", lambda: [*old, newer])
        assert preview_of(held(employer, as_csv(silent_rows(4)))).memory is not None

    def test_memory_opens_only_in_its_place_and_names_no_column(self, employer):
        upload = held(employer, as_csv(silent_rows()))
        fields = fields_of(upload)
        confirm(upload)
        memory = RememberedMapping.objects.get()
        note = staging.open_note(owner=memory.id, field="memory", sealed=bytes(memory.note))
        assert note["fields"] == fields
        assert [header for header in SILENT if header in str(note)] == []
        with pytest.raises(Exception, match=r"."):
            staging.open_note(owner=employer.id, field="memory", sealed=bytes(memory.note))


def test_peek_twice_at_once_changes_nothing(employer):
    upload = receive(employer, as_csv([wage(1)]), hold=True)
    Upload.objects.filter(id=upload.id).update(
        status="parsing", lease_until=timezone.now() + timedelta(seconds=30)
    )
    assert previewing.peek(upload=upload.id, by=CLERK, clock=timezone.now)
    assert upload_of(upload.id).preview is None
