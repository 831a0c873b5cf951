"""How a record type declares its fields: a kind of value (`Written`) and how files name it (`Column`).

A field of a record model reads `month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]`:
the kind reads and describes the value, the column names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from registry.catalogue import codes, writing
from registry.catalogue.vocabulary import Vocabulary, WordReader, WordsReader

Json = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """One kind of value: `read` turns a cell into the canonical value, `schema` describes that value.

    `name` is one of month, day, money, whole, quantity, flag, word, words, text, code.
    """

    name: str
    read: Callable[[str], Any]
    schema: Json
    words: type[Vocabulary] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read cells with `read`, and describe the result with `schema`."""
        return core_schema.no_info_plain_validator_function(
            self.read, metadata={"pydantic_js_functions": [lambda _core, _handler: dict(self.schema)]}
        )


@dataclass(frozen=True)
class Column:
    """How we name a field: labels, an example cell, the unit; `future` allows a day or month after today."""

    zh: str
    en: str
    example: str
    unit: str = ""
    future: bool = False


@dataclass(frozen=True)
class Field:
    """A field as other parts see it: of a record type, of the identity, or of the consent evidence.

    `also` are other headers that files use for it, in both languages.
    """

    name: str
    kind: Written
    column: Column
    required: bool = False
    also: tuple[str, ...] = ()

    @property
    def zh(self) -> str:
        """The Chinese label."""
        return self.column.zh

    @property
    def en(self) -> str:
        """The English label."""
        return self.column.en

    @property
    def example(self) -> str:
        """A right value as a clerk would write it."""
        return self.column.example

    def example_in(self, language: str) -> str:
        """The example with its words in this language: English for whatever is not Chinese."""
        if language.startswith("zh"):
            return self.example
        if self.kind.name == "flag":
            return "yes" if self.example == "是" else "no"
        english = {word.zh: word.en for word in self.words or ()}
        parts = [english.get(part, part) for part in self.example.split("、")]
        return ", ".join(parts) if english else self.example

    @property
    def words(self) -> type[Vocabulary] | None:
        """The closed list of words, if the field has one."""
        return self.kind.words

    def schema(self) -> Json:
        """The JSON Schema of the canonical value, with labels, unit, example and other headers."""
        about: Json = {"title": self.en, "x-title-zh": self.zh, "x-synonyms": list(self.also)}
        about |= {"x-unit": self.column.unit, "x-example": self.example}
        return self.kind.schema | {key: value for key, value in about.items() if value}


MONTH = Written("month", writing.read_month, {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"})
DAY = Written("day", writing.read_day, {"type": "string", "format": "date"})
FLAG = Written("flag", writing.read_flag, {"type": "boolean"})
CURRENCY = Written("code", codes.read_currency, {"type": "string", "pattern": "^[A-Z]{3}$"})
CREDIT_CODE = Written(
    "code", codes.read_credit_code, {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}
)
INDUSTRY = Written("code", codes.read_industry, {"type": "string", "pattern": r"^[A-T](\d{2,4})?$"})


def money(limit: int) -> Written:
    """An amount as a decimal string with two places, at most `limit`."""
    return Written(
        "money", partial(writing.read_money, limit=limit), {"type": "string", "pattern": r"^\d{1,12}\.\d{2}$"}
    )


def whole(least: int, most: int) -> Written:
    """A whole number in a range."""
    read = partial(writing.read_whole, least=least, most=most)
    return Written("whole", read, {"type": "integer", "minimum": least, "maximum": most})


def quantity(most: int) -> Written:
    """A decimal string with at most two places, at most `most`."""
    read = partial(writing.read_quantity, most=most)
    return Written("quantity", read, {"type": "string", "pattern": r"^\d{1,9}(\.\d{1,2})?$"})


def text(most: int) -> Written:
    """A line of free text."""
    return Written("text", partial(writing.read_text, most=most), {"type": "string", "maxLength": most})


def word(words: type[Vocabulary]) -> Written:
    """One word of a closed list, stored as its code."""
    return Written("word", WordReader(words), {"type": "string"} | _listed(words), words)


def words(listed: type[Vocabulary], groups: dict[str, tuple[str, ...]]) -> Written:
    """Several words of a closed list, stored as codes in the list's order."""
    schema: Json = {
        "type": "array",
        "items": {"type": "string"} | _listed(listed),
        "minItems": 1,
        "uniqueItems": True,
    }
    return Written("words", WordsReader(listed, groups), schema, listed)


def _listed(words: type[Vocabulary]) -> Json:
    labels = {word.value: {"zh": word.zh, "en": word.en, "also": list(word.also)} for word in words}
    return {"enum": [word.value for word in words], "x-labels": labels}
