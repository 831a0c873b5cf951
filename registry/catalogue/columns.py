"""Many records of one type read at once: each distinct text of a column is read once.

Says of every row exactly what `RecordType.parse` says of it alone (tests hold the one against the other); a
file of wages or bills writes the same months, days, amounts and words over and over.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from registry.catalogue.fields import Field
from registry.catalogue.issues import Issue, Unreadable
from registry.catalogue.record_type import Record, RecordType
from registry.catalogue.writing import is_blank, says_nothing


class Records(NamedTuple):
    """The rows' records, in order; what is wrong with them, by place where anything is; how full fields are.

    A record holds only what could be read. Rows that write the same share their values: do not change them.
    `filled` counts the rows that say something, by field.
    """

    records: list[Record]
    issues: Mapping[int, list[Issue]]
    filled: Mapping[str, int]


class Column(NamedTuple):
    """One column as read: the rows' values; codes of texts that cannot be read; texts that say nothing."""

    values: list[Any]
    faults: dict[str, str]
    silent: set[str]

    def filled(self, texts: Sequence[str]) -> int:
        """How many of these texts, all of this column, say something."""
        return len(texts) - sum(map(self.silent.__contains__, texts)) if self.silent else len(texts)


def read_column(
    texts: Sequence[str],
    read: Callable[[str], Any],
    *,
    blank: Callable[[str], bool] = says_nothing,
    nothing: Any = None,
    required: bool = False,
) -> Column:
    """Read the texts of a column; a `blank` one gives `nothing`, or is a fault where it is `required`."""
    known: dict[str, Any] = {}
    faults: dict[str, str] = {}
    silent: set[str] = set()
    for text in set(texts):
        if not text or text.isspace() or blank(text):
            known[text] = nothing
            silent.add(text)
            if required:
                faults[text] = "required"
            continue
        try:
            known[text] = read(text)
        except Unreadable as fault:
            known[text], faults[text] = None, fault.code
    return Column([known[text] for text in texts], faults, silent)


def read_columns(
    kind: RecordType, columns: Mapping[str, Sequence[str]], count: int, *, today: date | None = None
) -> Records:
    """Read `count` rows of one type; `columns` maps field names to the texts of all rows, others are ignored.

    With `today`, days and months that lie ahead are issues too.
    """
    issues: defaultdict[int, list[Issue]] = defaultdict(list)
    filled: dict[str, int] = {}
    texts = {name: columns.get(name) or ("",) * count for name in kind.fields}
    values = [_values(kind, field, texts[name], issues, filled) for name, field in kind.fields.items()]
    names = tuple(kind.fields)
    records = [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*values, strict=True)
    ]
    if kind.derive is not None:
        for record in records:
            kind.derive(record)
    for rule in kind.rules:
        for place, record in enumerate(records):
            if found := rule(record):
                issues[place] += found
    if today is not None:
        _ahead(kind, records, dict(zip(names, values, strict=True)), today, issues)
    return Records(records, issues, filled)


def _values(
    kind: RecordType,
    field: Field,
    texts: Sequence[str],
    issues: defaultdict[int, list[Issue]],
    filled: dict[str, int],
) -> list[Any]:
    """One field's values, None where nothing is said or it cannot be read; its faults go to `issues`."""
    default = None if field.required else kind.model.model_fields[field.name].default
    blank = is_blank if field.kind.name == "flag" else says_nothing
    column = read_column(texts, field.kind.read, blank=blank, nothing=default, required=field.required)
    filled[field.name] = column.filled(texts)
    if column.faults:
        for place, text in enumerate(texts):
            if code := column.faults.get(text):
                issues[place].append(Issue(code, field.name))
    return column.values


def _ahead(
    kind: RecordType,
    records: Sequence[Record],
    values: Mapping[str, Sequence[Any]],
    today: date,
    issues: defaultdict[int, list[Issue]],
) -> None:
    now = today.isoformat()
    for name in kind.past:
        if any(value is not None and value > now for value in set(values[name])):
            for place, record in enumerate(records):
                if record.get(name, "") > now:
                    issues[place].append(Issue("date_in_future", name))
