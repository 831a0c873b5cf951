"""Text as it was meant: one width, no unseen marks, no look-alike letters of other scripts.

Shared by the readers of names, numbers and addresses. Nothing here raises, whatever the text.
"""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import opencc

LONGEST = 300
"""Characters of one cell that are read; whatever follows names nobody."""

CHARACTERS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("characters.toml").read_text("utf-8"))
"""Tables about characters: words of absence, shapes mistaken for one another, sounds of surnames."""

_ABSENCE = frozenset(CHARACTERS["absence"].split())
_SPACES = re.compile(r"\s+")
# What every step below leaves as it is: letters, digits and signs of ASCII, and unified Hanzi.
_PLAIN = re.compile(r"[!-~\u4e00-\u9fa5]{1,200}")
# Format, control, private and unassigned characters say nothing; surrogates cannot even be stored.
_UNSEEN_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
# Cyrillic and Greek letters that look Latin, folded only where they stand among Latin letters.
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаеорсухіјѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧνοι",
    "ABEKMHOPCTXYIJSaeopcyxijsdqwABEZHIKMNOPTYXvoi",
)


def clean(text: str) -> str:
    """The text in NFKC, trimmed, single-spaced, without unseen marks; "" for words of absence.

    >>> clean(' １２３\\u200b ')
    '123'
    """
    if _PLAIN.fullmatch(text):
        return "" if text.lower() in _ABSENCE else text
    text = text[:LONGEST]
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    text = _SPACES.sub(" ", text).strip()
    return "" if text.lower() in _ABSENCE else text


def _visible(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_SEEN))
    return unicodedata.normalize("NFKC", text.translate(_SEEN))[:LONGEST].translate(_DASHES)


class _Seen(dict[int, str]):
    """What each character shows: spaces as one space, unseen ones as nothing. Filled as they are met."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        if character.isspace():
            shown = " "
        else:
            shown = "" if unicodedata.category(character) in _UNSEEN_CATEGORIES else character
        self[point] = shown
        return shown


_SEEN = _Seen()


def fold_lookalikes(word: str) -> str:
    """A word of Latin letters among look-alikes of Cyrillic or Greek, all Latin where that can be."""
    if word.isascii() or not any("a" <= letter <= "z" for letter in word.lower()):
        return word
    folded = word.translate(_LOOKALIKES)
    return folded if folded.isascii() else word


_TO_SIMPLIFIED = opencc.OpenCC("t2s")
# Without one of these, no phrase in the dictionary of phrases changes: 沈 is a surname, and 沈香 is 沉香.
_IN_PHRASES = frozenset("沈藉甦坏椀覆哩像衹彷瞭祇")
_UNIFIED = "".join(map(chr, range(0x4E00, 0x9FA6)))


def simplify(text: str) -> str:
    """The text in simplified Hanzi. Most text already is: then nothing has to be looked up."""
    return text if is_simplified(text) else str(_TO_SIMPLIFIED.convert(text))


def is_simplified(text: str) -> bool:
    """Whether the text is of ASCII and unified Hanzi that no simplifying changes; False in doubt."""
    return bool(_PLAIN.fullmatch(text)) and _traditional().isdisjoint(text)


@cache
def _traditional() -> frozenset[str]:
    """Every unified Hanzi that simplifying changes, by itself or in some phrase."""
    simplified = _TO_SIMPLIFIED.convert("\n".join(_UNIFIED)).split("\n")
    alone = {old for old, new in zip(_UNIFIED, simplified, strict=True) if old != new}
    return frozenset(alone | _IN_PHRASES)
