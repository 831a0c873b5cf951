"""The linkage benchmark at a small size: extracts with their truth, and both ways of linking measured."""

import csv
from datetime import date

import pytest

from bench import linking
from bench.extracts import write_extracts

TODAY = date(2026, 11, 25)


def read(path):
    """The rows of a CSV as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_every_extract_has_its_true_person(tmp_path):
    written = write_extracts(tmp_path, 200, seed=5, today=TODAY)
    truth = [(row["extract"], int(row["row"])) for row in read(tmp_path / "truth.csv")]
    rows = {name: len(read(tmp_path / f"{name}.csv")) for name in ("community", "employer", "utility")}
    assert truth == [(name, row) for name, count in rows.items() for row in range(1, count + 1)]
    assert (written.rows, written.people) == (
        len(truth),
        len({r["person"] for r in read(tmp_path / "truth.csv")}),
    )


def test_some_people_stand_twice_in_an_extract(tmp_path):
    write_extracts(tmp_path, 200, seed=5, today=TODAY)
    people = [row["person"] for row in read(tmp_path / "truth.csv") if row["extract"] == "community"]
    assert 0 < len(people) - len(set(people)) < len(people) / 10


def test_same_seed_gives_the_same_extracts(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_extracts(tmp_path / name, 60, seed=5, today=TODAY)
    for name in ("community.csv", "employer.csv", "utility.csv", "truth.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_linker_and_plain_way_are_measured():
    found = linking.measure(people=150, today=TODAY)
    values = {figure.what: figure.value for figure in found.figures}
    assert values["precision of links"] > 0.99
    assert values["recall"] > values["the plain way: recall"] > 0.5


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        ([("349901199003072345", "李", "1"), ("349901199003072345", "王", "2")], 1),
        ([("", "李", "1"), ("", "李", "1")], 1),
        ([("", "李", "1"), ("", "李", "2")], 2),
        ([("349901199003072345", "李", "1"), ("", "李", "1"), ("349901199003072345", "赵", "")], 1),
        ([("2345", "李", "1"), ("2345", "王", "2")], 2),
    ],
)
def test_plain_way_joins_by_number_or_by_name_and_mobile(rows, groups):
    fields = [{"id_number": number, "name": name, "mobile": mobile} for number, name, mobile in rows]
    assert len(set(linking._joined(fields))) == groups
