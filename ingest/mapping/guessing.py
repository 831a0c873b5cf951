"""Columns to fields: what was chosen or remembered, then what headers say, then what cells look like."""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from typing import NamedTuple

from ingest.mapping import content, forbidden
from ingest.mapping.columns import IGNORED, Mapping, Match, Problem
from ingest.mapping.headers import EXACT, Named, kinds_left_open, named
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Jurisdiction, jurisdiction

_FIXED = EXACT + 1
Fixed = MappingType[int, tuple[str, str]]


class _Asked(NamedTuple):
    """A table's headers, what is fixed of them, and its first rows' cells by column (None: not asked)."""

    columns: Sequence[str]
    fixed: Fixed
    cells: list[list[str]] | None


def guess(
    columns: Sequence[str],
    *,
    record_type: str | None,
    furnisher_kind: str | None,
    chosen: MappingType[str, str] | None = None,
    fixed: Fixed | None = None,
    sample: Sequence[Sequence[str]] | None = None,
    propose: bool = True,
    rules: Jurisdiction | None = None,
) -> Mapping:
    """The mapping that the headers speak for; what is doubtful stands in its problems.

    `record_type` None asks to find the type among those that `furnisher_kind` may furnish (None: any type).
    `chosen` gives columns their field by name against the guess ("" leaves a column out); `fixed` does so by
    place, with the word for how it came ("chosen", "remembered"). `sample` are the first rows' cells: they
    give forbidden columns away and, where `propose`, find fields for columns whose header says nothing.
    """
    rules = rules or jurisdiction("CN")
    given = chosen or {}
    by_place = {place: (given[c], "chosen") for place, c in enumerate(columns) if c in given}
    cells = None if sample is None else content.filled(sample, len(columns))
    refused = tuple(forbidden.by_name(columns, rules))
    if not refused and cells is not None:
        refused = tuple(forbidden.by_content(columns, cells, rules))
    if refused:
        return Mapping(record_type or "", tuple(columns), (IGNORED,) * len(columns), refused)
    asked = _Asked(columns, by_place | dict(fixed or {}), cells if propose else None)
    return _of_types(asked, _candidates(record_type, furnisher_kind, rules))


def _candidates(record_type: str | None, furnisher_kind: str | None, rules: Jurisdiction) -> list[str]:
    candidates = (record_type,) if record_type else rules.record_types_of(furnisher_kind or "")
    if not candidates and furnisher_kind is None:
        candidates = tuple(RECORD_TYPES)
    return [code for code in candidates if code in RECORD_TYPES]


def _of_types(asked: _Asked, candidates: Sequence[str]) -> Mapping:
    """By the headers alone where they tell the type; else with what the cells look like."""
    by_headers = _Asked(asked.columns, asked.fixed, None)
    found = _best([_map(by_headers, code) for code in candidates]) if candidates else _unknown(by_headers)
    if asked.cells is None:
        return found
    if found.record_type and not any(p.code != "columns_ambiguous" for p in found.problems):
        return _map(asked, found.record_type)
    return _best([_map(asked, code) for code in candidates]) if candidates else _unknown(asked)


def _best(mappings: Sequence[Mapping]) -> Mapping:
    complete = [m for m in mappings if not any(p.code == "columns_missing" for p in m.problems)]
    ranked = sorted(complete or mappings, key=_weight, reverse=True)
    best, others = ranked[0], [m for m in ranked[1:] if _weight(m) == _weight(ranked[0])]
    if complete and others:
        doubts = tuple(Problem("record_type_ambiguous", field=m.record_type) for m in (best, *others))
        return Mapping(best.record_type, best.columns, best.fields, best.problems + doubts, best.matched)
    if not complete and len(mappings) > 1 and (_weight(best) == 0 or others):
        return _only_person(best)
    return best


def _weight(mapping: Mapping) -> int:
    own = RECORD_TYPES[mapping.record_type].fields
    return sum(1 for field in mapping.fields if field in own and field != "currency")


def _only_person(mapping: Mapping) -> Mapping:
    """What remains of a mapping when no type is told: who the rows are about and by which consent."""
    kept = [field in IDENTITY_FIELDS or field in CONSENT_FIELDS for field in mapping.fields]
    fields = [field if keep else IGNORED for field, keep in zip(mapping.fields, kept, strict=True)]
    matched = [match if keep else Match() for match, keep in zip(mapping.matched, kept, strict=True)]
    doubts = [p for p in mapping.problems if p.code == "columns_ambiguous" and p.field in fields]
    problems = (*doubts, Problem("record_type_unknown"))
    return Mapping("", mapping.columns, tuple(fields), problems, tuple(matched))


def _unknown(asked: _Asked) -> Mapping:
    mapping = _map(asked, "")
    problems = (*mapping.problems, Problem("record_type_unknown"))
    return Mapping("", mapping.columns, mapping.fields, problems, mapping.matched)


def _map(asked: _Asked, record_type: str) -> Mapping:
    found = [_name(asked, place, column, record_type) for place, column in enumerate(asked.columns)]
    fields, problems = _settle(asked.columns, found)
    matched = [
        Match(one.how, one.sure) if one.field == field else Match()
        for field, one in zip(fields, found, strict=True)
    ]
    if asked.cells is not None:
        _add_proposals(asked, record_type, fields, matched, found)
    required = RECORD_TYPES[record_type].required if record_type else ()
    problems += [Problem("columns_missing", field=name) for name in required if name not in fields]
    return Mapping(record_type, tuple(asked.columns), tuple(fields), tuple(problems), tuple(matched))


def _name(asked: _Asked, place: int, column: str, record_type: str) -> Named:
    if place in asked.fixed:
        field, how = asked.fixed[place]
        return Named(field, _FIXED, how, 100)
    return named(column, record_type)


def _add_proposals(
    asked: _Asked, record_type: str, fields: list[str], matched: list[Match], found: Sequence[Named]
) -> None:
    """Fill in what cells look like, where the header left it open and nobody chose."""
    assert asked.cells is not None
    kinds = [
        frozenset() if one.rank else kinds_left_open(column)
        for column, one in zip(asked.columns, found, strict=True)
    ]
    taken = {one.field for one in found}
    for place, each in content.propose(asked.cells, kinds, record_type=record_type, taken=taken).items():
        fields[place], matched[place] = each.field, Match("content", each.sure)


def _settle(columns: Sequence[str], found: Sequence[Named]) -> tuple[list[str], list[Problem]]:
    """One column for each field: the one that names it best; two that name it equally well are a problem."""
    best: dict[str, int] = {}
    for one in found:
        best[one.field] = max(one.rank, best.get(one.field, 0))
    fields = [one.field if one.rank == best[one.field] else IGNORED for one in found]
    twice = [field for field in dict.fromkeys(fields) if field and fields.count(field) > 1]
    doubts = [
        Problem("columns_ambiguous", column, field)
        for column, field in zip(columns, fields, strict=True)
        if field in twice
    ]
    kept = [IGNORED if field in fields[:place] else field for place, field in enumerate(fields)]
    return kept, doubts
