"""The texts shown to a resident before she decides: per language, with version and SHA-256.

A text names the organisation, the purpose, the categories and the periods, never a person. It is made anew
from the fields of a consent whenever it is shown; what was shown at a decision is kept by its digest.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Protocol

from django.utils import timezone

from registry.catalogue import Jurisdiction, jurisdiction
from registry.catalogue.packs import SeparateConsent, Text

LANGUAGES = ("zh-hans", "en")


class Terms(Protocol):
    """What a text needs to know of a consent; `consent.models.Consent` has it all."""

    organisation: Any
    kind: str
    purpose: str
    categories: list[str]
    mode: str
    fetch: str
    frequency_days: int | None
    records_from: date | None
    records_until: date | None
    data_life_days: int | None
    asked_days: int | None
    asked_until: date | None
    valid_until: datetime | None
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """One category as shown: code, label, example, and the separate text it needs, if any."""

    code: str
    label: str
    example: str
    separate: SeparateConsent | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A text ready to be shown: `title`, then `before` the list of categories, then `after` it.

    `separate` are pairs of title and text, one for each category that needs consent of its own. `body` is all
    of it, line by line, and `digest` the SHA-256 (hex) of its UTF-8 bytes.
    """

    language: str
    version: str
    title: str
    before: tuple[str, ...]
    categories: tuple[ShownCategory, ...]
    after: tuple[str, ...]
    separate: tuple[tuple[str, str], ...]
    body: str
    digest: str


def main_language(language: str) -> str:
    """Which of the languages of our texts serves a language tag."""
    return "zh-hans" if language.lower().startswith("zh") else "en"


def shown_text(terms: Terms, *, language: str) -> Shown:
    """The text for these terms in a language (or the nearest one there is)."""
    language = main_language(language)
    pack = jurisdiction(terms.jurisdiction)
    write = _Writer(terms.kind, language)
    title = write("title", organisation=_name(terms.organisation, language))
    before, after = (_access if terms.kind == "access" else _contribution)(terms, pack, write)
    categories = tuple(
        _category(code, pack, language) for code in pack.categories if code in terms.categories
    )
    listed = [write("category", label=each.label, example=each.example) for each in categories]
    separate = tuple(
        (each.separate.title.in_language(language), each.separate.text.in_language(language))
        for each in categories
        if each.separate
    )
    body = "\n".join([title, *before, *listed, *after, *(line for pair in separate for line in pair)])
    digest = sha256(body.encode()).hexdigest()
    return Shown(language, _texts()["version"], title, before, categories, after, separate, body, digest)


class _Writer:
    """Fills one kind's sentences in one language."""

    def __init__(self, kind: str, language: str) -> None:
        self.sentences, self.language = _texts()[kind], language

    def __call__(self, name: str, **values: object) -> str:
        return Text(**self.sentences[name]).in_language(self.language).format(**values)


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((resources.files("consent") / "texts.toml").read_text(encoding="utf-8"))


def _name(organisation: Any, language: str) -> str:
    return (organisation.name_en if language == "en" else "") or organisation.name


def _category(code: str, pack: Jurisdiction, language: str) -> ShownCategory:
    category = pack.categories[code]
    label, example = category.label.in_language(language), category.example.in_language(language)
    return ShownCategory(code, label, example, pack.separate_consent.get(code))


def _access(terms: Terms, pack: Jurisdiction, write: _Writer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    purpose = pack.purposes[terms.purpose]
    label, text = purpose.label.in_language(write.language), purpose.text.in_language(write.language)
    before = (write("purpose", label=label, text=text), write("categories"))
    after = (_records(terms, write), _fetch(terms, write), _keeping(terms, write), _lasting(terms, write))
    return before, (*after, write("refuse"), write("withdraw"))


def _contribution(
    terms: Terms, pack: Jurisdiction, write: _Writer
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    after = (write("negative"), _lasting(terms, write), write("refuse"), write("withdraw"))
    return (write("purpose"), write("categories")), after


def _records(terms: Terms, write: _Writer) -> str:
    start, end = terms.records_from, terms.records_until
    names = {(False, False): "records_all", (True, False): "records_from", (False, True): "records_until"}
    name = names.get((start is not None, end is not None), "records_between")
    return write(name, start=start, end=end)


def _fetch(terms: Terms, write: _Writer) -> str:
    if terms.fetch == "periodic" and terms.frequency_days:
        return write("frequency", days=terms.frequency_days)
    return write(terms.fetch)


def _keeping(terms: Terms, write: _Writer) -> str:
    if terms.data_life_days:
        return write(f"{terms.mode}_life", days=terms.data_life_days)
    return write(terms.mode)


def _lasting(terms: Terms, write: _Writer) -> str:
    if terms.valid_until is not None:
        return write("until", until=last_day(terms.valid_until))
    if terms.asked_days:
        return write("days", days=terms.asked_days)
    return write("until", until=terms.asked_until)


def last_day(until: datetime) -> date:
    """The last calendar day, where the registry stands, of a period that ends before `until`."""
    return timezone.localdate(until - timedelta(microseconds=1))
