"""What is seen at a glance reads as the long way round does, whatever the text."""

import os
import subprocess
import sys

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage import addresses, names, numbers, writing
from registry.linkage.names import sound
from registry.linkage.writing import clean, is_simplified, simplify

NEVER = writing.re.compile(r"(?!)")
CONVERT = opencc.OpenCC("t2s").convert
_LETTERS = "0123456789Xx ab.,·-*#()（）：。无不详空男女先生小姐張张沈香藉口覆瞭解号楼室市区①ｆ\u200b\t"
TEXTS = st.text(
    st.sampled_from(_LETTERS) | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20
)
NUMBERS = st.from_regex(r"[1-9]?[0-9]{0,17}[0-9X]?", fullmatch=True)
DATES = st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True) | st.dates().map(str)


@pytest.fixture
def long_way(monkeypatch):
    """Every short cut shut: what stands behind them answers."""
    for module, name in (
        (writing, "_PLAIN"),
        (addresses, "_UNBROKEN"),
        (names, "_PLAIN_NAME"),
        (numbers, "_PLAIN_CITIZEN"),
        (numbers, "_PLAIN_MOBILE"),
        (numbers, "_ISO"),
    ):
        monkeypatch.setattr(module, name, NEVER)


READERS = {
    "clean": (clean, TEXTS),
    "name": (names.clean_name.__wrapped__, TEXTS),
    "address": (addresses.clean_address, TEXTS),
    "mobile": (numbers.read_mobile, TEXTS | NUMBERS),
    "birth": (numbers.read_birth.__wrapped__, TEXTS | DATES),
    "sex": (numbers.read_sex, TEXTS),
    "documents": (lambda text: numbers.read_documents(text, "", "", ""), TEXTS | NUMBERS),
}


@pytest.mark.parametrize("reader", READERS)
def test_short_way_reads_as_the_long_way(reader, long_way, monkeypatch):
    read, texts = READERS[reader]

    @given(text=texts)
    def same(text):
        slow = read(text)
        with monkeypatch.context() as open_again:
            for module, name, pattern in SHORT_CUTS:
                open_again.setattr(module, name, pattern)
            assert read(text) == slow

    same()


SHORT_CUTS = [
    (writing, "_PLAIN", writing._PLAIN),
    (addresses, "_UNBROKEN", addresses._UNBROKEN),
    (names, "_PLAIN_NAME", names._PLAIN_NAME),
    (numbers, "_PLAIN_CITIZEN", numbers._PLAIN_CITIZEN),
    (numbers, "_PLAIN_MOBILE", numbers._PLAIN_MOBILE),
    (numbers, "_ISO", numbers._ISO),
]


@given(text=TEXTS)
def test_simplifying_is_what_the_dictionary_says(text):
    assert simplify(text) == CONVERT(text)


@pytest.mark.parametrize(
    "phrase", ["沈香", "深沈", "瞭望", "藉口", "甦生", "土坏", "橡椀", "答覆", "海哩", "衹得", "神祇"]
)
def test_phrase_that_changes_as_a_whole_is_never_taken_for_simplified(phrase):
    assert not is_simplified(phrase)
    assert simplify(phrase) == CONVERT(phrase)


def test_sound_of_a_character_needs_no_phrases():
    """With its tables of phrases pypinyin reads every single character as it does without them."""
    code = (
        "from pypinyin import Style, lazy_pinyin;"
        "print(*[lazy_pinyin(chr(p), style=Style.NORMAL)[0] for p in range(0x4E00, 0x9FA6)])"
    )
    whole = {name: value for name, value in os.environ.items() if name != "PYPINYIN_NO_PHRASES"}
    said = subprocess.run([sys.executable, "-c", code], env=whole, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [sound(chr(point)) for point in range(0x4E00, 0x9FA6)]


@given(number=st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_check_character_is_that_of_the_standard(number):
    assert numbers._checks(number) == bool(numbers.mod_11_2.is_valid(number))
