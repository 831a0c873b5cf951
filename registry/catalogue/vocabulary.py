"""Closed lists of words, each with labels in Chinese and English and the other ways clerks write it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Self

import opencc

from registry.catalogue import synonyms
from registry.catalogue.issues import Unreadable
from registry.catalogue.writing import clean, unreadable


class Vocabulary(StrEnum):
    """One word of a closed list. A member is written `CODE = "code", "中文", "English"`.

    The value is the code that is stored; `zh` and `en` are its labels, `also` what files may say instead.
    """

    zh: str
    en: str
    also: tuple[str, ...]

    def __new__(cls, code: str, zh: str, en: str) -> Self:
        """Make one word; what files say instead stands in `synonyms.toml` under the vocabulary's name."""
        word = str.__new__(cls, code)
        word._value_ = code
        word.zh, word.en = zh, en
        word.also = synonyms.words(cls.__name__, code)
        return word


class WordReader:
    """Reads what a file says as a code of one vocabulary.

    >>> WordReader(Service)("水费")
    'water'
    """

    def __init__(self, words: type[Vocabulary]) -> None:
        self.words = words
        self.codes = {}
        for word in words:
            for written in (word.value, word.zh, word.en, *word.also):
                code = self.codes.setdefault(_key(written), word.value)
                if code != word.value:
                    raise ValueError(f"{words.__name__}: {written} is said of both {code} and {word.value}")

    codes: dict[str, str]

    def __call__(self, text: str) -> str:
        """The code. Raises Unreadable: not_in_list."""
        code = self.codes.get(text) or self.codes.get(_key(text))
        if code is None and text and not text.isascii():
            code = self.codes.get(_key(_simplified()(text)))
        if code is None:
            raise unreadable(text, "not_in_list")
        return code


class WordsReader:
    """Reads a list of words (separated by commas, 、, ; or +) as codes in the vocabulary's own order.

    `groups` maps a word that stands for several, such as 五险, to their codes.
    """

    def __init__(self, words: type[Vocabulary], groups: Mapping[str, tuple[str, ...]]) -> None:
        self.words = words
        self.one = WordReader(words)
        self.groups = groups

    def __call__(self, text: str) -> list[str]:
        """The codes, each once. Raises Unreadable: not_in_list."""
        found: set[str] = set()
        for word in _split(clean(text)):
            found.update(self.groups.get(word.lower()) or (self.one(word),))
        if not found:
            raise Unreadable("not_in_list")
        return [word.value for word in self.words if word.value in found]


@cache
def _simplified() -> Callable[[str], str]:
    """Traditional characters to simplified ones: 紙質簽字 says what 纸质签字 says."""
    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


def _key(text: str) -> str:
    return clean(text).lower().replace(" ", "").replace("_", "").replace("-", "")


def _split(text: str) -> list[str]:
    for mark in "、,;|+/":
        text = text.replace(mark, "\n")
    return [word.strip() for word in text.split("\n") if word.strip()]
