"""The benchmark's file: half of its rows introduce a person, and the product understands it."""

from collections import Counter
from datetime import date

from bench.rows import write_bills
from ingest.mapping import guess
from ingest.readers import read
from ingest.validation import validate

TODAY = date(2026, 11, 25)


def test_file_has_the_rows_asked_and_half_as_many_people(tmp_path):
    path = tmp_path / "bills.csv"
    people = write_bills(path, 401, seed=1, today=TODAY)
    with path.open("rb") as stream:
        table = read(stream)
        mapping = guess(table.columns, record_type="bill", furnisher_kind="utility")
        rows = validate(list(table.rows), mapping=mapping, number_policy="accept_with_warning", today=TODAY)
    accounts = Counter(row.consent["reference"] for row in rows if row.consent)
    assert (people, len(rows), len(accounts)) == (201, 401, 201)
    assert sum(bool(row.errors) for row in rows) < 20


def test_same_seed_gives_the_same_file(tmp_path):
    for name in ("one", "two"):
        write_bills(tmp_path / name, 50, seed=3, today=TODAY)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
