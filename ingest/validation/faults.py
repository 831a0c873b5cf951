"""What rows are judged by, and what is gathered while one is judged."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from ingest.mapping import Mapping
from registry.catalogue import Jurisdiction

NumberPolicy = Literal["refuse", "accept_with_warning"]


class RowError(NamedTuple):
    """One fault of a row: a code of `ingest.errors.ROW_FAULTS`, the field it stands in, or "" for the row."""

    code: str
    field: str


@dataclass(frozen=True)
class Terms:
    """What all rows of a batch are judged by; `rounded`: a spreadsheet has rounded its citizen numbers."""

    mapping: Mapping
    policy: NumberPolicy
    today: date
    rules: Jurisdiction
    rounded: bool = False

    @cached_property
    def now(self) -> str:
        """The day of judgement, YYYY-MM-DD."""
        return self.today.isoformat()

    @cached_property
    def separate(self) -> dict[str, str]:
        """The categories that need a consent of their own, by every name they go by, in small letters."""
        codes = self.rules.separate_consent
        return {word.lower(): code for code in codes for word in (code, *self.rules.category_labels(code))}


class Faults:
    """Gathers the faults of one row: errors refuse it, warnings are told and it goes on."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[RowError] = []
        self.warnings: list[RowError] = []

    def refuse(self, code: str, field: str) -> None:
        """Add a fault that refuses the row."""
        self.errors.append(RowError(code, field))

    def warn(self, code: str, field: str) -> None:
        """Add a fault that is only told."""
        self.warnings.append(RowError(code, field))
