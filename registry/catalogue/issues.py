"""What can be wrong with one value or one record, as data.

Readers raise `Unreadable` with a stable code; `RecordType.parse` turns that into an `Issue` that names
the field and never holds the value. Sentences and cures for every code stand in `ingest.errors`.
"""

from typing import NamedTuple

ISSUE_CODES = frozenset(
    {
        "amount_absurd",
        "amount_decimals",
        "amount_format",
        "amount_negative",
        "amounts_inconsistent",
        "cell_error",
        "cell_formula",
        "credit_code_check",
        "currency_unknown",
        "date_absurd",
        "date_format",
        "date_impossible",
        "date_in_future",
        "dates_out_of_order",
        "flag_format",
        "industry_unknown",
        "month_format",
        "not_in_list",
        "number_absurd",
        "number_damaged",
        "number_format",
        "required",
        "status_inconsistent",
        "text_characters",
        "text_too_long",
    }
)


class Unreadable(ValueError):
    """A cell does not say what its field needs; `code` says in which way. The value is never kept."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Issue(NamedTuple):
    """One fault of a record: a stable code and the field it stands in; warnings do not refuse the row."""

    code: str
    field: str
    warning: bool = False
