"""Which column of a partner's table is which field: guessed from headers, kept as data, applied to rows."""

import re
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Self

from ingest.errors import ColumnsAmbiguous, ColumnsMissing, ForbiddenColumn, RecordTypeUnknown
from registry.catalogue import (
    CONSENT_FIELDS,
    IDENTITY_FIELDS,
    RECORD_TYPES,
    Field,
    Jurisdiction,
    forbidden_group,
    jurisdiction,
)
from registry.catalogue.writing import clean

IGNORED = ""
_BRACKETS = re.compile(r"[(\[{【〔<][^)\]}】〕>]*[)\]}】〕>]")
_MARKS = re.compile(r"[\s_\-–—./\\:;,*#'\"()\[\]{}【】〔〕<>、。?!]+")
# How well a header names a field: by the field's own name, by a label, by another header in use.
_EXACT, _LABEL, _SYNONYM = 3, 2, 1


@dataclass(frozen=True)
class Problem:
    """What keeps a mapping from being used, or is worth a look: a code, the column and the field it is about.

    Codes: forbidden_column, columns_ambiguous, columns_missing, record_type_unknown, record_type_ambiguous.
    """

    code: str
    column: str = ""
    field: str = ""


@dataclass(frozen=True)
class Mapping:
    """For each column of a table the field it fills ("" for none), and the type of record the rows are.

    `fields` runs parallel to `columns`. Serialisable: `to_json`, `from_json`.
    """

    record_type: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Columns that fill no field; what stands in them is not kept."""
        return tuple(c for c, field in zip(self.columns, self.fields, strict=True) if not field)

    @property
    def used(self) -> tuple[int, ...]:
        """The places of the columns that fill a field."""
        return tuple(place for place, field in enumerate(self.fields) if field)

    @property
    def usable(self) -> bool:
        """Whether rows can be read with this mapping."""
        return not self.problems

    def column_of(self, field: str) -> str:
        """The partner's name for a field, for messages; the field's own name if no column fills it."""
        return self.columns[self.fields.index(field)] if field in self.fields else field

    def apply(self, cells: Sequence[str]) -> dict[str, str]:
        """The row's cells by field, blank cells left out."""
        return {
            f: cell for f, cell in zip(self.fields, cells, strict=False) if f and cell and not cell.isspace()
        }

    def require_usable(self) -> None:
        """Raises ForbiddenColumn, ColumnsAmbiguous, RecordTypeUnknown or ColumnsMissing, with the names."""
        codes = {problem.code for problem in self.problems}
        if "forbidden_column" in codes:
            forbidden = next(p for p in self.problems if p.code == "forbidden_column")
            raise ForbiddenColumn(column=forbidden.column, group=forbidden.field)
        if "columns_ambiguous" in codes:
            doubtful = [p for p in self.problems if p.code == "columns_ambiguous"]
            raise ColumnsAmbiguous(columns=[p.column for p in doubtful], fields=[p.field for p in doubtful])
        if codes & {"record_type_unknown", "record_type_ambiguous"}:
            raise RecordTypeUnknown(candidates=[p.field for p in self.problems if p.field])
        if "columns_missing" in codes:
            raise ColumnsMissing(record_type=self.record_type, fields=[p.field for p in self.problems])

    def to_json(self) -> dict[str, Any]:
        """Plain lists and texts, for storing and for the API."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: MappingType[str, Any]) -> Self:
        """A mapping as `to_json` wrote it."""
        problems = tuple(Problem(**problem) for problem in data["problems"])
        return cls(data["record_type"], tuple(data["columns"]), tuple(data["fields"]), problems)


def guess(
    columns: Sequence[str],
    *,
    record_type: str | None,
    furnisher_kind: str | None,
    chosen: MappingType[str, str] | None = None,
    rules: Jurisdiction | None = None,
) -> Mapping:
    """The mapping that the headers speak for; what is doubtful stands in its problems.

    `record_type` None asks to find the type among those that `furnisher_kind` may furnish (None: any type).
    `chosen` gives columns their field against the guess ("" leaves a column out).
    """
    rules = rules or jurisdiction("CN")
    chosen = chosen or {}
    forbidden = tuple(_forbidden(columns, rules))
    if forbidden:
        return Mapping(record_type or "", tuple(columns), ("",) * len(columns), forbidden)
    candidates = (record_type,) if record_type else rules.record_types_of(furnisher_kind or "")
    if not candidates and furnisher_kind is None:
        candidates = tuple(RECORD_TYPES)
    mappings = [_map(columns, code, chosen) for code in candidates if code in RECORD_TYPES]
    return _best(mappings) if mappings else _unknown(columns, chosen)


def forbidden_columns(columns: Sequence[str], rules: Jurisdiction | None = None) -> list[str]:
    """The columns whose names look like data that may never be collected."""
    return [problem.column for problem in _forbidden(columns, rules or jurisdiction("CN"))]


def _forbidden(columns: Sequence[str], rules: Jurisdiction) -> Iterator[Problem]:
    for column in columns:
        group = forbidden_group(column)
        if group is not None and group.code in rules.forbidden:
            yield Problem("forbidden_column", column, group.code)


def _best(mappings: Sequence[Mapping]) -> Mapping:
    complete = [m for m in mappings if not any(p.code == "columns_missing" for p in m.problems)]
    ranked = sorted(complete or mappings, key=_weight, reverse=True)
    best, others = ranked[0], [m for m in ranked[1:] if _weight(m) == _weight(ranked[0])]
    if complete and others:
        doubts = tuple(Problem("record_type_ambiguous", field=m.record_type) for m in (best, *others))
        return Mapping(best.record_type, best.columns, best.fields, best.problems + doubts)
    if not complete and len(mappings) > 1 and (_weight(best) == 0 or others):
        return _unknown(best.columns, dict(zip(best.columns, _only_person(best.fields), strict=True)))
    return best


def _weight(mapping: Mapping) -> int:
    own = RECORD_TYPES[mapping.record_type].fields
    return sum(1 for field in mapping.fields if field in own and field != "currency")


def _only_person(fields: Sequence[str]) -> list[str]:
    return [field if field in IDENTITY_FIELDS or field in CONSENT_FIELDS else "" for field in fields]


def _unknown(columns: Sequence[str], chosen: MappingType[str, str]) -> Mapping:
    mapping = _map(columns, "", chosen)
    problems = (*mapping.problems, Problem("record_type_unknown"))
    return Mapping("", mapping.columns, mapping.fields, problems)


def _map(columns: Sequence[str], record_type: str, chosen: MappingType[str, str]) -> Mapping:
    names = _names(record_type)
    ranked = [(chosen[c], _EXACT + 1) if c in chosen else _match(c, names) for c in columns]
    fields, problems = _settle(columns, ranked)
    required = RECORD_TYPES[record_type].required if record_type else ()
    problems += [Problem("columns_missing", field=name) for name in required if name not in fields]
    return Mapping(record_type, tuple(columns), tuple(fields), tuple(problems))


def _settle(columns: Sequence[str], ranked: Sequence[tuple[str, int]]) -> tuple[list[str], list[Problem]]:
    """One column for each field: the one that names it best; two that name it equally well are a problem."""
    best: dict[str, int] = {}
    for field, rank in ranked:
        best[field] = max(rank, best.get(field, 0))
    fields = [field if rank == best[field] else IGNORED for field, rank in ranked]
    twice = [field for field in dict.fromkeys(fields) if field and fields.count(field) > 1]
    doubts = [
        Problem("columns_ambiguous", column, field)
        for column, field in zip(columns, fields, strict=True)
        if field in twice
    ]
    kept = [IGNORED if field in fields[:place] else field for place, field in enumerate(fields)]
    return kept, doubts


def _match(column: str, names: MappingType[str, tuple[str, int]]) -> tuple[str, int]:
    for key in _keys(column):
        if key in names:
            return names[key]
    return IGNORED, 0


def _keys(header: str) -> Iterator[str]:
    """The header with and without what stands in brackets: 应发工资(元), Name [required]."""
    plain = clean(header).lower()
    yield _MARKS.sub("", plain)
    yield _MARKS.sub("", _BRACKETS.sub("", plain))


@cache
def _names(record_type: str) -> dict[str, tuple[str, int]]:
    """Every header that names a field of this type, the identity or the consent, and how well it does."""
    own: Collection[Field] = RECORD_TYPES[record_type].fields.values() if record_type else ()
    names: dict[str, tuple[str, int]] = {}
    for field in (*own, *IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()):
        written = [(field.name, _EXACT), (field.zh, _LABEL), (field.en, _LABEL)]
        for header, rank in (*written, *((other, _SYNONYM) for other in field.also)):
            key = next(_keys(header))
            if key not in names or rank > names[key][1]:
                names[key] = (field.name, rank)
    return names
