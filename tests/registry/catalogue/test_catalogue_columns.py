"""Reading by column says of every row what reading it alone says: the same values, the same faults."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogue import RECORD_TYPES, Field
from registry.catalogue.columns import read_columns
from registry.catalogue.writing import BLANKS, UNKNOWNS, clean, is_blank, says_nothing

TODAY = date(2026, 11, 24)
ODD = st.sampled_from(
    ["", " ", "-", "无", "不详", "N/A", "2026-13", "2026-12-31", "2026-02-30", "1,234.5", "-3", "1.2E+17",
     "9" * 20, "1.005", "paid", "未缴", "CNY", "usd", "=1+1", "'0.00", "\u200b", "２０２６年３月",
     "2099年1月", "是", "五险", "养老、医疗", "3人", "a" * 200, "0", "0.00", "1899-12-31", "46000",
     "past_due", "closed"]
)  # fmt: skip


def cells(field: Field) -> st.SearchStrategy[str]:
    """What may stand in a field's column: right values, odd ones, anything."""
    words = [word.value for word in field.words or ()] + [field.example]
    return st.one_of(st.sampled_from(words), ODD, st.text(max_size=6))


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[dict[str, str]]]:
    """A type of record and some rows of cells by field; not every field has a column."""
    code = draw(st.sampled_from(sorted(RECORD_TYPES)))
    fields = RECORD_TYPES[code].fields
    columns = draw(st.sets(st.sampled_from(sorted(fields)), min_size=1))
    row = st.fixed_dictionaries({name: cells(fields[name]) for name in sorted(columns)})
    return code, draw(st.lists(row, max_size=6))


@settings(max_examples=500)
@given(table=tables(), today=st.sampled_from([None, TODAY]))
def test_columns_say_what_rows_say(table: tuple[str, list[dict[str, str]]], today: date | None) -> None:
    code, rows = table
    kind = RECORD_TYPES[code]
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    records, issues, _filled = read_columns(kind, columns, len(rows), today=today)
    alone = [kind.parse(row, today=today) for row in rows]
    assert [(record, issues.get(place, [])) for place, record in enumerate(records)] == alone


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_examples_are_read_by_column(code: str) -> None:
    kind = RECORD_TYPES[code]
    columns = {name: [field.example] * 3 for name, field in kind.fields.items()}
    alone, _ = kind.parse({name: field.example for name, field in kind.fields.items()}, today=TODAY)
    full = dict.fromkeys(kind.fields, 3)
    assert read_columns(kind, columns, 3, today=TODAY) == ([alone] * 3, {}, full)


@given(
    text=st.one_of(st.text(max_size=5), st.sampled_from(sorted(BLANKS | UNKNOWNS)), ODD), pad=st.booleans()
)
def test_cell_that_says_nothing_is_known_by_more_than_its_first_character(text: str, pad: bool) -> None:
    text = f" {text}\u3000" if pad else text
    spelled_out = is_blank(text) or text.strip().lower() in UNKNOWNS
    assert says_nothing(text) == spelled_out
    assert is_blank(text) == (clean(text).lower() in BLANKS and (len(text) < 16 or not text.strip()))


def test_values_are_counted_by_field() -> None:
    columns = {"month": ["2026-01", "-", "2026-13"], "gross": ["1", "2", ""], "net": ["", "不详", " "]}
    filled = read_columns(RECORD_TYPES["wage"], columns, 3).filled
    assert {name: filled[name] for name in columns} == {"month": 2, "gross": 2, "net": 0}
