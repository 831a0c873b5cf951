"""Jurisdiction packs: the rules that belong to one country, loaded from `jurisdictions/*.toml`."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from registry.errors import RegistryError

_CODE = re.compile(r"[A-Z]{2}")


class UnknownJurisdiction(RegistryError):
    """No pack of rules exists for this code."""

    code = "unknown_jurisdiction"
    status = 500
    sentence = "There are no rules on file for this jurisdiction."


@dataclass(frozen=True)
class Text:
    """A sentence or label in the two languages of the project."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in a language tag's main language; English for others than Chinese."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True)
class Purpose:
    """Why a profile may be read; `kinds` are the organisations that may hold a licence for it."""

    code: str
    label: Text
    text: Text
    kinds: tuple[str, ...]
    categories: tuple[str, ...]
    max_days: int


@dataclass(frozen=True)
class Category:
    """A group of record types, with one plain example of what it holds."""

    code: str
    label: Text
    example: Text


@dataclass(frozen=True)
class SeparateConsent:
    """What a person must read before agreeing to a category that needs separate consent."""

    category: str
    title: Text
    text: Text
    version: str


@dataclass(frozen=True)
class NegativeNotice:
    """How a person is told of negative information before others see it.

    `text` names `{organisation}` and `{link}`. `days` is how long it stands in the portal before it counts
    as told, where no message could be delivered.
    """

    days: int
    text: Text


@dataclass(frozen=True)
class Segment:
    """A group of new residents for whom quality is measured apart."""

    code: str
    label: Text


@dataclass(frozen=True)
class NewResidentRule:
    """Who counts as a new resident."""

    code: str
    max_local_years: int
    label: Text
    text: Text
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Jurisdiction:
    """Everything that one country's law decides. Days and years are calendar ones."""

    code: str
    label: Text
    currency: str
    languages: tuple[str, ...]
    minimum_age: int
    dispute_days: int
    negative_retention_years: int
    free_own_reports: int
    max_access_days: int
    max_contribution_days: int
    erasure_cooling_days: int
    repeat_request_days: int
    forbidden: tuple[str, ...]
    record_types: dict[str, tuple[str, ...]]
    new_resident: NewResidentRule
    purposes: dict[str, Purpose]
    categories: dict[str, Category]
    separate_consent: dict[str, SeparateConsent]
    negative_notice: NegativeNotice

    def needs_separate_consent(self, category: str) -> bool:
        """Whether a category is only covered by a consent given for it apart."""
        return category in self.separate_consent

    def category_labels(self, category: str) -> tuple[str, str]:
        """A category's labels, Chinese and English."""
        label = self.categories[category].label
        return label.zh, label.en

    def record_types_of(self, furnisher_kind: str) -> tuple[str, ...]:
        """Codes of the record types that this kind of organisation may furnish; none for unknown kinds."""
        return self.record_types.get(furnisher_kind, ())

    def retention_ends(self, event_end: date) -> date:
        """The day on which negative information about an event ended that day must be gone."""
        year = event_end.year + self.negative_retention_years
        leap_day = (event_end.month, event_end.day) == (2, 29)
        return date(year, 3, 1) if leap_day else event_end.replace(year=year)

    def of_age(self, birth: date, *, on: date) -> bool:
        """Whether a person born that day has reached the minimum age."""
        years = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
        return years >= self.minimum_age


@cache
def jurisdiction(code: str) -> Jurisdiction:
    """The pack of a country by its ISO 3166 code. Raises UnknownJurisdiction."""
    pack = resources.files("registry.catalogue") / "jurisdictions" / f"{code.lower()}.toml"
    if not _CODE.fullmatch(code) or not pack.is_file():
        raise UnknownJurisdiction(code=code)
    return _jurisdiction(tomllib.loads(pack.read_text(encoding="utf-8")))


def _jurisdiction(data: dict[str, Any]) -> Jurisdiction:
    lists = {"languages": tuple(data["languages"]), "forbidden": tuple(data["forbidden"])}
    parts = {
        "label": Text(**data["label"]),
        "record_types": {kind: tuple(types) for kind, types in data["record_types"].items()},
        "new_resident": _new_resident(data["new_resident"]),
        "negative_notice": _negative_notice(data["negative_notice"]),
        "purposes": {code: _purpose(code, of) for code, of in data["purposes"].items()},
        "categories": {code: _category(code, of) for code, of in data["categories"].items()},
        "separate_consent": {code: _separate(code, of) for code, of in data["separate_consent"].items()},
    }
    return Jurisdiction(**(data | lists | parts))


def _new_resident(of: dict[str, Any]) -> NewResidentRule:
    segments = tuple(Segment(s["code"], Text(s["zh"], s["en"])) for s in of["segments"])
    return NewResidentRule(
        of["code"], of["max_local_years"], Text(**of["label"]), Text(**of["text"]), segments
    )


def _negative_notice(of: dict[str, Any]) -> NegativeNotice:
    return NegativeNotice(of["days"], Text(**of["text"]))


def _purpose(code: str, of: dict[str, Any]) -> Purpose:
    kinds, categories = tuple(of["kinds"]), tuple(of["categories"])
    return Purpose(code, Text(**of["label"]), Text(**of["text"]), kinds, categories, of["max_days"])


def _category(code: str, of: dict[str, Any]) -> Category:
    return Category(code, Text(**of["label"]), Text(**of["example"]))


def _separate(code: str, of: dict[str, Any]) -> SeparateConsent:
    return SeparateConsent(code, Text(**of["title"]), Text(**of["text"]), of["version"])
