"""A batch of rows in, every fault of every row out; never a value."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.errors import ROW_FAULTS
from ingest.mapping import Mapping
from ingest.readers import Row
from ingest.validation import validate
from registry.catalogue import ISSUE_CODES

TODAY = date(2026, 4, 1)
GOOD = {
    "name": "张伟",
    "id_number": "11010519491231002X",
    "mobile": "13800138000",
    "month": "2026-03",
    "gross": "8000",
    "net": "6500",
    "consent_reference": "SQ-1",
}
EVIDENCE = {
    "consent_signed_on": "2026-01-15",
    "consent_method": "纸质签字",
    "consent_document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def check(*rows, policy="refuse"):
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    batch = [Row(place, [row.get(name, "") for name in columns]) for place, row in enumerate(rows, 1)]
    return validate(batch, mapping=Mapping("wage", columns, columns), number_policy=policy, today=TODAY)


def errors(**changes):
    return [tuple(fault) for fault in check(GOOD | changes)[0].errors]


def test_sound_row_is_read_canonically():
    row = check(GOOD | {"month": "2026年3月", "gross": "8,000.5"})[0]
    assert (row.errors, row.warnings) == ((), ())
    assert row.record == {"month": "2026-03", "gross": "8000.50", "net": "6500.00", "currency": "CNY"}
    assert row.identity == {name: GOOD[name] for name in ("name", "id_number", "mobile", "consent_reference")}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id_number": "110105194912310021"}, ("id_number_check", "id_number")),
        ({"id_number": "1.10105E+17"}, ("id_number_damaged", "id_number")),
        ({"id_number": "110105194902300021"}, ("id_number_check", "id_number")),
        ({"mobile": "123"}, ("mobile_format", "mobile")),
        ({"name": ""}, ("identity_insufficient", "name")),
        ({"id_number": "", "mobile": ""}, ("identity_insufficient", "id_number")),
        ({"birth_date": "2020-01-01", "id_number": ""}, ("under_age", "birth_date")),
        ({"month": ""}, ("required", "month")),
        ({"month": "2026-05"}, ("date_in_future", "month")),
        ({"gross": "-1"}, ("amount_negative", "gross")),
        ({"consent_reference": "a b"}, ("reference_format", "consent_reference")),
    ],
)
def test_fault_is_told_by_code_and_field(changes, fault):
    assert fault in errors(**changes)


def test_all_faults_are_told_and_not_only_the_first():
    assert errors(mobile="1", month="never", gross="much") == [
        ("mobile_format", "mobile"),
        ("month_format", "month"),
        ("amount_format", "gross"),
    ]


def test_wrong_check_character_only_warns_where_the_licence_allows():
    row = check(GOOD | {"id_number": "110105194912310021"}, policy="accept_with_warning")[0]
    assert (row.errors, [tuple(one) for one in row.warnings]) == ((), [("id_number_check", "id_number")])


def test_evidence_is_read_whole_or_refused():
    assert check(GOOD | EVIDENCE)[0].consent == {
        "reference": "SQ-1",
        "signed_on": "2026-01-15",
        "method": "paper_form",
        "document_sha256": EVIDENCE["consent_document_sha256"],
        "until": None,
        "separate": [],
    }
    assert errors(consent_signed_on="2026-01-15") == [
        ("consent_evidence_incomplete", "consent_method"),
        ("consent_evidence_incomplete", "consent_document_sha256"),
    ]


def test_rows_of_one_person_keep_their_own_faults():
    first, second, third = check(GOOD, GOOD | {"gross": "much"}, GOOD | {"mobile": "1"})
    assert (first.errors, first.identity) == ((), second.identity)
    assert [tuple(one) for one in second.errors] == [("amount_format", "gross")]
    assert [tuple(one) for one in third.errors] == [("mobile_format", "mobile")]


def test_faulty_shape_is_the_only_fault():
    row = validate(
        [Row(5, [], "ragged_row")],
        mapping=Mapping("wage", ("name",), ("name",)),
        number_policy="refuse",
        today=TODAY,
    )[0]
    assert (row.number, [tuple(one) for one in row.errors]) == (5, [("ragged_row", "")])


def test_every_code_has_a_sentence_and_a_cure():
    assert sorted(set(ISSUE_CODES) - set(ROW_FAULTS)) == []
    assert [fault.code for fault in ROW_FAULTS.values() if not (fault.sentence and fault.cure)] == []


ODD = (
    "",
    "-",
    "不详",
    "1.2E+17",
    "张",
    "2030-01-01",
    "0",
    "110105194912310000",
    "11010519491231002X",
    "yes",
    "x" * 300,
)


@given(
    cells=st.lists(
        st.fixed_dictionaries(
            {name: st.sampled_from((value, value, value, *ODD)) for name, value in (GOOD | EVIDENCE).items()}
        ),
        max_size=8,
    )
)
def test_row_is_judged_the_same_whatever_stands_around_it(cells):
    alone = [check(row)[0] for row in cells]
    together = check(*cells) if cells else []
    rounded = any(fault.code == "id_number_damaged" for row in together for fault in row.errors)
    for number, row in enumerate(alone, 1):
        row.number = number
    assume(not rounded)  # whether numbers were rounded is judged by the whole column
    assert together == alone
