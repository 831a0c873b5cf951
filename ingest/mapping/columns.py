"""A mapping as data: which column fills which field, how that was found, and what is doubtful about it."""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from ingest.errors import ColumnsAmbiguous, ColumnsMissing, ForbiddenColumn, RecordTypeUnknown

IGNORED = ""
HOWS = ("name", "synonym", "content", "remembered", "chosen")


class Match(NamedTuple):
    """Why a column fills its field, or was left out: one of `HOWS` or "", and how surely, in percent."""

    how: str = ""
    sure: int = 0


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

    `fields` runs parallel to `columns`, and so does `matched` where the mapping was found from a table (it is
    empty otherwise). Serialisable: `to_json`, `from_json`.
    """

    record_type: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    matched: tuple[Match, ...] = ()

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

    def match(self, place: int) -> Match:
        """How the column at this place was matched."""
        return self.matched[place] if self.matched else Match()

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
        matched = tuple(Match(*match) for match in data.get("matched", ()))
        return cls(data["record_type"], tuple(data["columns"]), tuple(data["fields"]), problems, matched)
