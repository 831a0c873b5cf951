"""Columns that may never be collected, such as religion, genes, fingerprints, blood type or disease."""

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from registry.catalogue.writing import clean

_DATA: dict[str, Any] = tomllib.loads(
    (resources.files("registry.catalogue") / "forbidden.toml").read_text(encoding="utf-8")
)
_HARMLESS = re.compile("|".join(_DATA["harmless"]))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARKS = re.compile(r"[\s_\-./:*]+")


@dataclass(frozen=True)
class ForbiddenGroup:
    """One kind of data that may not be collected, and the words that give its columns and cells away."""

    code: str
    zh: str
    en: str
    hanzi: tuple[str, ...]
    words: re.Pattern[str]
    values: frozenset[str] = frozenset()

    def matches(self, header: str) -> bool:
        """Whether a header (lower case, single spaces) looks like this kind of data."""
        squeezed = header.replace(" ", "")
        return any(part in squeezed for part in self.hanzi) or self.words.search(header) is not None


def _group(code: str, of: dict[str, Any]) -> ForbiddenGroup:
    words = re.compile(rf"(?<![a-z])(?:{'|'.join(of['words'])})(?![a-z])")
    values = frozenset(of.get("values", ()))
    return ForbiddenGroup(code, of["zh"], of["en"], tuple(of["hanzi"]), words, values)


FORBIDDEN: dict[str, ForbiddenGroup] = {code: _group(code, of) for code, of in _DATA["groups"].items()}


def forbidden_group(header: str) -> ForbiddenGroup | None:
    """The forbidden kind that a column's name looks like, or None.

    >>> forbidden_group("宗教信仰").code
    'religion'
    """
    plain = _MARKS.sub(" ", _CAMEL.sub(" ", clean(header))).lower()
    plain = _HARMLESS.sub(" ", plain)
    return next((group for group in FORBIDDEN.values() if group.matches(plain)), None)


def forbidden_value(cell: str) -> ForbiddenGroup | None:
    """The forbidden kind that a cell is a plain word of, or None; what only contains such a word is none.

    >>> forbidden_value("佛教").code
    'religion'
    """
    plain = clean(cell).lower()
    return next((group for group in FORBIDDEN.values() if plain in group.values), None)
