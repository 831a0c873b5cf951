"""The account: plain lines in a file, a bar on a terminal, and a loud end where a step did not hold."""

import io

import pytest

from registry.demo.telling import StepFailed, Telling, columns, require, require_that


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """It is one."""
        return True


def test_chapters_are_numbered_and_facts_stand_below():
    out = io.StringIO()
    telling = Telling(out)
    telling.chapter("The stage")
    telling.fact("one thing")
    telling.chapter("The files")
    assert out.getvalue() == "\n1. The stage\n   one thing\n\n2. The files\n"


def test_table_lines_up_chinese_and_latin_names():
    out = io.StringIO()
    Telling(out).table([("云岚", "1"), ("Bank", "2"), ("Yunlan", "3")])
    assert out.getvalue() == "   云岚    1\n   Bank    2\n   Yunlan  3\n"


def test_columns_of_a_chinese_character_are_two():
    assert columns("云a") == 3


def test_bar_is_drawn_on_a_terminal_and_taken_away():
    out = Terminal()
    with Telling(out).progress("rows") as bar:
        bar.show(0.5, "10 of 20")
    assert "██████████████··············  50% rows 10 of 20" in out.getvalue()
    assert out.getvalue().endswith("\r\033[K")


def test_no_bar_is_drawn_into_a_file():
    out = io.StringIO()
    with Telling(out).progress("rows") as bar:
        bar.show(0.5)
    assert out.getvalue() == ""


def test_step_that_does_not_hold_says_what_was_expected():
    with pytest.raises(StepFailed, match="rows: expected 3, found 2"):
        require("rows", 2, 3)


def test_step_that_holds_says_nothing():
    require("rows", 3, 3)
    require_that("three rows", True)


def test_condition_that_does_not_hold_fails():
    with pytest.raises(StepFailed, match="expected: three rows"):
        require_that("three rows", False)
