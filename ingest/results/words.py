"""Outcomes and reasons in the reader's language; looked up once, since a file has a million rows."""

from dataclasses import dataclass, field

from django.utils import translation
from django.utils.translation import gettext as _

from ingest.errors import ROW_FAULTS, example_of
from ingest.mapping import Mapping
from ingest.models import RowResult

COLUMNS = {"zh-hans": ("处理结果", "处理说明"), "en": ("Registry outcome", "Registry reason")}
ROW = {"zh-hans": "行号", "en": "Row"}
KEYS = ("registry_outcome", "registry_reason")
"""The names of the added columns: in tables, and in NDJSON."""

ADDED = frozenset((*KEYS, *(name.lower() for names in COLUMNS.values() for name in names)))


@dataclass(frozen=True)
class Words:
    """What to call things in one language; `mapping` gives fields the partner's own names of them."""

    language: str
    mapping: Mapping | None
    outcomes: dict[str, str] = field(init=False)
    faults: dict[str, str] = field(init=False)
    for_example: str = field(init=False)
    reasons: dict[tuple[str, str], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Translate everything once."""
        with translation.override(self.language):
            outcomes = {outcome.value: str(outcome.label) for outcome in RowResult.Outcome}
            faults = {code: f"{_(fault.sentence)} {_(fault.cure)}" for code, fault in ROW_FAULTS.items()}
            for_example = _("For example: %(value)s")
        object.__setattr__(self, "outcomes", outcomes)
        object.__setattr__(self, "for_example", for_example)
        object.__setattr__(self, "faults", faults)

    @property
    def columns(self) -> tuple[str, str]:
        """The names of the two added columns."""
        return COLUMNS["zh-hans" if self.language.startswith("zh") else "en"]

    @property
    def row(self) -> str:
        """What a row's number is called."""
        return ROW["zh-hans" if self.language.startswith("zh") else "en"]

    def of(self, result: RowResult | None) -> tuple[str, str]:
        """Outcome and reasons of one row; None for a row that was simply accepted."""
        if result is None:
            return self.outcomes["accepted"], ""
        said = [self._reason(code, name) for code, name in (*result.errors, *result.warnings)]
        return self.outcomes[result.outcome], " | ".join(said)

    def _reason(self, code: str, name: str) -> str:
        """In which column what is wrong, the cure, and a right value."""
        key = code, name
        if key not in self.reasons:
            column = self.mapping.column_of(name) if self.mapping and name else name
            example = example_of(code, name, self.language)
            said = [self.faults.get(code, code)] + (
                [self.for_example % {"value": example}] if example else []
            )
            self.reasons[key] = (f"{column}: " if column else "") + " ".join(said)
        return self.reasons[key]
