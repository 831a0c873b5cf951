"""Names of people: Hanzi in either script, Pinyin in any order, names with a dot, names in other alphabets.

A name is read once into what comparing needs. Letters without tones meet whatever script a clerk chose: the
sorted letters of 王小明, 王 小明, 小明王, "Wang Xiaoming" and "XIAO MING WANG" are the same.
"""

import os
import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from registry.linkage.writing import CHARACTERS, clean, fold_lookalikes, simplify

# Only single characters are read here: its tables of phrases would cost every process 40 MB for nothing.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import Style, lazy_pinyin, pinyin

LONGEST_NAME = 120
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fa5]{2,3}")
# A full stop stands for the dot only between Hanzi: elsewhere it ends an initial.
_DOTS = re.compile(r"\s*[·•‧∙⋅・･。◦●\u0387]\s*|(?<=[\u3400-\u9fff])\s*\.\s*(?=[\u3400-\u9fff])")
_BRACKETS = re.compile(r"[(（\[【<《][^)）\]】>》]*[)）\]】>》]?")
_HANZI = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
_WORD_BREAKS = re.compile(r"[^\w'’`]+|[\d_]+")
_TITLES = re.compile(r"(?<=.)(?:先生|女士|小姐|同志)$|^(?:mr|mrs|ms|miss|dr)\.?\s+", re.I)
# Letters that Unicode does not take apart into a base letter and a mark.
_FOLDS = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "’": ""}
)
# Passports write lü as LYU; a syllable may end in n, so that Linyu is no such spelling.
_U_SOUND = re.compile(r"(?<=[ln])(?:ü|u:)|(?<=l)yu|(?<=\bn)yu")
_SURNAME_SOUNDS: dict[str, str] = CHARACTERS["surname_sounds"]


class Name(NamedTuple):
    """One name, taken apart. `hanzi` is simplified and without separators; `words` are its parts in Hanzi, or
    lower-case words of letters without marks; `sounds` the syllables of the Hanzi (or the words again);
    `letters` the sorted letters of the sounds; `others` the sorted letters of other readings and of a part
    that may stand alone.
    """

    hanzi: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    letters: str
    others: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What to look this name up by, the surest first."""
        return (self.letters, *self.others) if self.letters else ()


NO_NAME = Name("", (), (), "", ())


@lru_cache(maxsize=16384)
def clean_name(text: str) -> str:
    """A name as it may be shown: trimmed, one form of the middle dot, no unseen marks, brackets or titles."""
    if _PLAIN_NAME.fullmatch(text) and not _TITLES.search(text):
        return clean(text)
    text = _BRACKETS.sub(" ", clean(text[:LONGEST_NAME]))
    text = _TITLES.sub("", clean(_DOTS.sub("·", text)).strip("·-,;*\"' "))
    return clean(text)[:LONGEST_NAME].strip("·-,;*\"' ")


@lru_cache(maxsize=16384)
def read_name(text: str) -> Name:
    """Take a cleaned name apart. Any text will do; one without letters is `NO_NAME`."""
    hanzi_words = tuple(_HANZI.findall(simplify(text)))
    if hanzi_words:
        return _han(hanzi_words)
    words = tuple(word for word in map(_fold, _WORD_BREAKS.split(text)) if word)
    return Name("", words, words, "".join(sorted("".join(words))), ()) if words else NO_NAME


def _han(words: tuple[str, ...]) -> Name:
    hanzi = "".join(words)
    sounds = tuple(map(sound, hanzi))
    letters = "".join(sorted("".join(sounds)))
    others = []
    if len(words) == 1 and hanzi[0] in _SURNAME_SOUNDS:
        others.append("".join(sorted(_SURNAME_SOUNDS[hanzi[0]] + "".join(sounds[1:]))))
    if len(words) > 1 and len(words[0]) > 1:
        others.append("".join(sorted("".join(sounds[: len(words[0])]))))
    return Name(hanzi, words, sounds, letters, tuple(other for other in others if other != letters))


def _fold(word: str) -> str:
    word = _U_SOUND.sub("v", fold_lookalikes(word).lower())
    if word.isascii():
        return word.replace("'", "").replace("`", "")
    word = unicodedata.normalize("NFKD", _toned_u(word).translate(_FOLDS))
    return "".join(letter for letter in word if letter.isalpha())


def _toned_u(word: str) -> str:
    return re.sub("(?<=[ln])[ǖǘǚǜ]", "v", word)


@lru_cache(maxsize=8192)
def sound(hanzi: str) -> str:
    """The most usual reading of one character, without tone, ü as v; itself where it has none."""
    return str(lazy_pinyin(hanzi, style=Style.NORMAL)[0])


@lru_cache(maxsize=4096)
def readings(hanzi: str) -> frozenset[str]:
    """Every reading of one character, without tones; ü also as the plain u that many systems write."""
    found = {*pinyin(hanzi, style=Style.NORMAL, heteronym=True)[0], sound(hanzi)}
    return frozenset(found | {reading.replace("v", "u") for reading in found})


_SYLLABLE = (
    "(?:[bpmf]?(?:a|ai|an|ang|ao|ei|en|eng|i|ian|iao|ie|in|ing|iu|o|ou|u|e)"
    "|[dtnlgkhzcsr](?:a|ai|an|ang|ao|e|ei|en|eng|i|ia|ian|iang|iao|ie|in|ing|iu|ong|ou|u|ua|uai|uan|uang|ui|un|uo|v|ve)"
    "|[zcs]h(?:a|ai|an|ang|ao|e|ei|en|eng|i|ong|ou|u|ua|uai|uan|uang|ui|un|uo)"
    "|[jqx](?:i|ia|ian|iang|iao|ie|in|ing|iong|iu|u|uan|ue|un)|y(?:a|an|ang|ao|e|i|in|ing|o|ong|ou|u|uan|ue|un)"
    "|w(?:a|ai|an|ang|ei|en|eng|o|u)|er)"
)
_PINYIN = re.compile(_SYLLABLE + "+")


def is_pinyin(words: tuple[str, ...]) -> bool:
    """Whether these words can all be read as syllables of Mandarin."""
    return all(map(_PINYIN.fullmatch, words))


@cache
def _shapes() -> dict[str, str]:
    table: dict[str, str] = {}
    for group in CHARACTERS["shapes"].split():
        for character in group:
            table[character] = table.get(character, "") + group
    return table


def look_alike(a: str, b: str) -> bool:
    """Whether two characters are often mistaken for one another by their shape."""
    return b in _shapes().get(a, "")
