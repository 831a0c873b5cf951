"""Text as it was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage.writing import LONGEST, clean, fold_lookalikes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (" １２３\u200b ", "123"),
        ("a\u202eb\u00a0c", "ab c"),
        ("a\r\n\tb", "a b"),
        ("ﬁ①", "fi1"),
        ("a—b", "a-b"),
        ("\ud800x\ue000", "x"),
        ("e\u0301", "é"),
    ],
)
def test_text_is_cleaned_of_width_and_unseen_marks(written, meant):
    assert clean(written) == meant


@pytest.mark.parametrize("word", ["无", "未知", "N/A", " null ", "——", "？"])
def test_word_of_absence_is_nothing(word):
    assert clean(word) == ""


def test_long_text_is_read_to_its_limit():
    assert len(clean("长" * 10 * LONGEST)) == LONGEST


@given(st.text(max_size=400))
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(("word", "latin"), [("Mаriа", "Maria"), ("Мария", "Мария"), ("Maria", "Maria")])
def test_lookalikes_are_folded_only_among_latin_letters(word, latin):
    assert fold_lookalikes(word) == latin
