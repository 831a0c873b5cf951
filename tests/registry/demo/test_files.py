"""The partners' files, read and checked by the product's own functions: mistakes where they should be."""

import io
from collections import Counter
from datetime import date

import pytest

from ingest.mapping import guess
from ingest.readers import read
from ingest.validation import validate
from registry.demo.extracts import extracts_of
from registry.demo.files import deliver, encode
from registry.demo.town import build

TODAY = date(2026, 11, 25)
SIZE = {"people": 500, "months": 24, "seed": 11}


@pytest.fixture(scope="module")
def extracts():
    """The four extracts of a small town, by record type."""
    return {e.record_type: e for e in extracts_of(build(500, 24, seed=11, today=TODAY))}


@pytest.fixture(scope="module")
def checked(extracts):
    """Table, mapping and every row as the product understands them, by record type."""
    return {record_type: _checked(extract) for record_type, extract in extracts.items()}


def _checked(extract):
    table = read(io.BytesIO(encode(extract)), filename=extract.filename)
    mapping = guess(table.columns, record_type=None, furnisher_kind=extract.partner)
    policy = "accept_with_warning" if extract.partner == "utility" else "refuse"
    return table, mapping, validate(list(table.rows), mapping=mapping, number_policy=policy, today=TODAY)


@pytest.mark.parametrize("record_type", ["residence", "employment", "wage", "bill"])
def test_headers_are_understood_without_help(extracts, checked, record_type):
    table, mapping, rows = checked[record_type]
    assert (mapping.record_type, mapping.problems) == (record_type, ())
    assert mapping.unmatched == (table.columns[0],)  # a running number of the partner's own
    assert len(rows) == len(extracts[record_type].rows)


def test_files_come_in_the_three_ways_partners_send_them(checked):
    found = {kind: checked[kind][0] for kind in ("residence", "wage", "bill")}
    assert [(t.kind, t.encoding, t.header_row) for t in found.values()] == [
        ("xlsx", "", 2),
        ("csv", "gb18030", 1),
        ("csv", "utf-8-sig", 1),
    ]


@pytest.mark.parametrize("record_type", ["residence", "employment", "wage", "bill"])
def test_most_rows_are_good_and_some_are_not(checked, record_type):
    _, _, rows = checked[record_type]
    bad = sum(bool(row.errors) for row in rows)
    assert 0 < bad / len(rows) < 0.03


def test_mistakes_of_every_kind_occur(checked):
    codes = Counter(error.code for _, _, rows in checked.values() for row in rows for error in row.errors)
    assert set(codes) >= {
        "id_number_check",
        "id_number_format",
        "mobile_format",
        "ragged_row",
        "amount_format",
        "consent_evidence_incomplete",
    }


def test_some_people_never_signed(checked):
    rows = [row for _, _, found in checked.values() for row in found]
    unsigned = [row for row in rows if not row.errors and row.consent is None]
    assert 0 < len(unsigned) / len(rows) < 0.02


def test_some_people_keep_their_income_to_themselves(checked):
    _, _, rows = checked["wage"]
    said = Counter(tuple(row.consent["separate"]) for row in rows if row.consent)
    assert 0 < said[()] < said[("income",)] / 20


def test_no_consent_lasts_longer_than_the_law_of_the_pack_allows(checked):
    for _, _, rows in checked.values():
        for row in rows:
            if row.consent:
                signed, until = (date.fromisoformat(row.consent[name]) for name in ("signed_on", "until"))
                assert signed < TODAY < until
                assert (until - signed).days == 1095


def test_people_registered_twice_keep_their_reference(checked):
    _, _, rows = checked["residence"]
    references = Counter(row.consent["reference"] for row in rows if row.consent)
    assert 5 < sum(count == 2 for count in references.values()) < 60


def test_same_town_gives_the_very_same_bytes(extracts):
    again = extracts_of(build(500, 24, seed=11, today=TODAY))
    assert [encode(extract) for extract in again] == [encode(extract) for extract in extracts.values()]


def test_delivery_counts_rows_and_people(tmp_path, extracts):
    delivery = deliver(tmp_path, **SIZE, today=TODAY)
    assert [file.rows for file in delivery.files] == [len(extract.rows) for extract in extracts.values()]
    assert delivery.people == len(frozenset().union(*(extract.people for extract in extracts.values())))
    assert delivery.fresh


def test_files_made_before_are_delivered_again(tmp_path):
    first = deliver(tmp_path, people=20, months=3, seed=1, today=TODAY)
    written = {file.path: file.path.read_bytes() for file in first.files}
    later = deliver(tmp_path, people=20, months=3, seed=1, today=date(2027, 3, 1))
    assert (later.fresh, later.today, later.files) == (False, TODAY, first.files)
    assert {path: path.read_bytes() for path in written} == written


def test_files_of_another_town_are_replaced(tmp_path):
    deliver(tmp_path, people=20, months=3, seed=1, today=TODAY)
    assert deliver(tmp_path, people=21, months=3, seed=1, today=TODAY).fresh
