"""JSON values as cells."""

import pytest

from ingest.readers.json_values import text_of


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("张伟", "张伟"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (False, "false"),
        ([], ""),
        (["income", "housing_fund"], "income,housing_fund"),
    ],
)
def test_value_is_written_as_a_cell_says_it(value, cell):
    assert text_of(value) == cell


@pytest.mark.parametrize("value", [{}, [1], [["a"]], 1, "a\0b", ["a\0"], "\ud800", ["a", "\udfff"]])
def test_value_that_no_cell_can_hold_has_no_text(value):
    assert text_of(value) is None
