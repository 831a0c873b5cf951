"""A record type: one declaration from which validation, schema, natural key and retention all follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.catalogue.fields import Column, Field, Json, Written
from registry.catalogue.issues import Issue
from registry.catalogue.synonyms import headers
from registry.catalogue.writing import is_blank, says_nothing

Record = dict[str, Any]
Rule = Callable[[Record], list[Issue]]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class RecordModel(BaseModel):
    """The base of every record's model: closed, and read from cells."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def never(record: Mapping[str, Any], on: date | None) -> bool:
    """For types that hold nothing adverse to the resident."""
    return False


def no_end(record: Mapping[str, Any]) -> date | None:
    """For types without adverse events."""
    return None


@dataclass(frozen=True)
class RecordType:
    """One kind of fact that furnishers contribute.

    `natural_key` are the fields that, with person and organisation, make a row the same record again;
    `placed_by` is the field that places a record in time; `derive` fills in what follows from the others.
    `past` are the days and months that cannot lie ahead.
    """

    code: str
    zh: str
    en: str
    category: str
    furnishers: tuple[str, ...]
    model: type[RecordModel]
    natural_key: tuple[str, ...]
    placed_by: str
    sensitivity: str = "ordinary"
    rules: tuple[Rule, ...] = ()
    derive: Callable[[Record], None] | None = None
    is_negative: Callable[[Mapping[str, Any], date | None], bool] = never
    ended_on: Callable[[Mapping[str, Any]], date | None] = no_end
    fields: dict[str, Field] = field(init=False)
    past: tuple[str, ...] = field(init=False, repr=False)
    _flags: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Gather the fields that the model declares."""
        fields = {name: _field(self.code, self.model, name) for name in self.model.model_fields}
        object.__setattr__(self, "fields", fields)
        past = (f.name for f in fields.values() if f.kind.name in ("day", "month") and not f.column.future)
        object.__setattr__(self, "past", tuple(past))
        flags = frozenset(f.name for f in fields.values() if f.kind.name == "flag")
        object.__setattr__(self, "_flags", flags)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the fields that every record has."""
        return tuple(f.name for f in self.fields.values() if f.required)

    def parse(self, fields: Mapping[str, str], *, today: date | None = None) -> tuple[Record, list[Issue]]:
        """The canonical record in cells' words, with all that is wrong with it.

        `fields` maps field names to cell texts; others are ignored and blank cells count as absent. The
        record holds only what could be read, so it is complete only when no issue is an error. With `today`,
        days and months that lie ahead are issues too.
        """
        given = self._given(fields)
        try:
            model = self.model.__pydantic_validator__.validate_python(given)
        except ValidationError as fault:
            record, issues = self._salvage(given, fault)
        else:
            record, issues = {name: value for name, value in model.__dict__.items() if value is not None}, []
        if self.derive is not None:
            self.derive(record)
        for rule in self.rules:
            issues += rule(record)
        if today is not None:
            issues += self._ahead(record, today)
        return record, issues

    def _given(self, fields: Mapping[str, str]) -> dict[str, str]:
        given = {}
        for name in self.fields:
            text = fields.get(name)
            if text is not None and not (is_blank if name in self._flags else says_nothing)(text):
                given[name] = text
        return given

    def _salvage(self, given: Mapping[str, str], fault: ValidationError) -> tuple[Record, list[Issue]]:
        # One bad cell must not hide the faults of the others, nor of the rules over several fields.
        issues = []
        for error in fault.errors(include_url=False, include_input=False):
            code = "required" if error["type"] == "missing" else error["ctx"]["error"].code
            issues.append(Issue(code, str(error["loc"][0])))
        bad = {issue.field for issue in issues}
        read = {name: self.fields[name].kind.read(text) for name, text in given.items() if name not in bad}
        unset = {name: info.default for name, info in self.model.model_fields.items() if name not in given}
        record = {
            name: unset[name] for name in unset if not self.fields[name].required and unset[name] is not None
        }
        return record | read, issues

    def _ahead(self, record: Record, today: date) -> list[Issue]:
        now = today.isoformat()
        return [Issue("date_in_future", name) for name in self.past if record.get(name, "") > now]

    def period_of(self, record: Mapping[str, Any]) -> str:
        """The month (YYYY-MM) that the record belongs to."""
        return str(record[self.placed_by])[:7]

    def natural_values(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The natural key's values in order, absent ones as empty text."""
        return tuple(_plain(record.get(name, "")) for name in self.natural_key)

    def negative(self, record: Mapping[str, Any], *, on: date | None = None) -> bool:
        """Whether the record speaks against the resident; `on` tells what is not due yet."""
        return self.is_negative(record, on)

    def event_end(self, record: Mapping[str, Any]) -> date | None:
        """The day a negative record's event ended, from which its retention runs; None while it goes on."""
        return self.ended_on(record)

    def schema(self) -> Json:
        """The JSON Schema (draft 2020-12) of the canonical record."""
        schema = self.model.model_json_schema()
        schema["properties"] = {
            name: schema["properties"][name] | field.schema() for name, field in self.fields.items()
        }
        about: Json = {
            "$schema": DIALECT,
            "$id": f"urn:juxin:record:{self.code}",
            "title": self.en,
            "x-title-zh": self.zh,
        }
        about |= {"x-category": self.category, "x-natural-key": list(self.natural_key)}
        about |= {"x-furnishers": list(self.furnishers), "x-sensitivity": self.sensitivity}
        return about | {key: value for key, value in schema.items() if key != "title"}


def last_day(month: str) -> date:
    """The last day of a month written YYYY-MM."""
    year, number = int(month[:4]), int(month[5:])
    following = date(year + number // 12, number % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _field(section: str, model: type[RecordModel], name: str) -> Field:
    info = model.model_fields[name]
    kind = next(part for part in info.metadata if isinstance(part, Written))
    column = next(part for part in info.metadata if isinstance(part, Column))
    return Field(name, kind, column, info.is_required(), headers(section, name))
