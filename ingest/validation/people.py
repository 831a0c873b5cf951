"""Who the rows of a batch are about, and by which signed consent: each distinct person is read once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from ingest.validation.consent import EVIDENCE, check_consent
from ingest.validation.faults import Faults, RowError, Terms
from ingest.validation.identity import check_identity
from ingest.validation.table import Columns
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, Field
from registry.catalogue.columns import Column, read_column

_FIELDS: tuple[Field, ...] = (*IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values())
Said = tuple[str, ...]
_ALL_READ: dict[str, str] = {}


class Person(NamedTuple):
    """What is said of a person; the same object for all rows that say the same."""

    identity: dict[str, str]
    consent: dict[str, Any] | None
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]


def read_people(columns: Columns, terms: Terms) -> tuple[list[Person], dict[str, int]]:
    """The person of every row, and how many rows say something by field.

    A batch of wages or bills names each person many times: each distinct one is read once.
    """
    filled: dict[str, int] = {}
    if not columns.height:
        return [], filled
    fields = [field for field in _FIELDS if field.name in columns.texts]
    said: Sequence[Said] = list(zip(*(columns.texts[field.name] for field in fields), strict=True))
    said = said or [()] * columns.height
    distinct = list(dict.fromkeys(said))
    people = dict(zip(distinct, _people(fields, distinct, columns, terms, filled), strict=True))
    return list(map(people.__getitem__, said)), filled


def _people(
    fields: Sequence[Field],
    distinct: Sequence[Said],
    every: Columns,
    terms: Terms,
    filled: dict[str, int],
) -> Iterator[Person]:
    texts = dict(zip((field.name for field in fields), zip(*distinct, strict=True), strict=True))
    columns = {field.name: read_column(texts[field.name], field.kind.read) for field in fields}
    read = {name: column.values for name, column in columns.items()}
    unread = _unread(columns, texts)
    filled.update((name, column.filled(every.texts[name])) for name, column in columns.items())
    names = tuple(name for name in IDENTITY_FIELDS if name in read)
    nothing = [None] * len(distinct)
    who = zip(*(read[name] for name in names), strict=True) if names else repeat(())
    agreed = zip(*(read.get(name, nothing) for name in EVIDENCE), strict=True)
    for place, (values, said) in enumerate(zip(who, agreed, strict=False)):
        identity = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        yield _person(identity, said, unread.get(place, _ALL_READ), terms)


def _unread(columns: Mapping[str, Column], texts: Mapping[str, Said]) -> dict[int, dict[str, str]]:
    """For each place the codes of what cannot be read, by field."""
    found: dict[int, dict[str, str]] = {}
    for name, column in columns.items():
        if column.faults:
            for place, text in enumerate(texts[name]):
                if code := column.faults.get(text):
                    found.setdefault(place, {})[name] = code
    return found


def _person(identity: dict[str, str], said: Any, unread: Mapping[str, str], terms: Terms) -> Person:
    faults = Faults()
    check_identity(identity, unread, terms, faults)
    consent = check_consent(said, unread, identity.get("consent_reference", ""), terms, faults)
    return Person(identity, consent, tuple(faults.errors), tuple(faults.warnings))
