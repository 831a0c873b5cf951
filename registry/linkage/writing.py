"""Text as it was meant: one width, no unseen marks, no look-alike letters of other scripts.

Shared by the readers of names, numbers and addresses. Nothing here raises, whatever the text.
"""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

LONGEST = 300
"""Characters of one cell that are read; whatever follows names nobody."""

CHARACTERS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("characters.toml").read_text("utf-8"))
"""Tables about characters: words of absence, shapes mistaken for one another, sounds of surnames."""

_ABSENCE = frozenset(CHARACTERS["absence"].split())
_SPACES = re.compile(r"\s+")
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
