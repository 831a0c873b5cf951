"""Rules over several fields of one record, shared by the record types."""

from decimal import Decimal

from registry.catalogue.issues import Issue
from registry.catalogue.record_type import Record, Rule


def in_order(earlier: str, later: str) -> Rule:
    """The day or month in `later` is not before the one in `earlier`."""

    def rule(record: Record) -> list[Issue]:
        first, last = record.get(earlier), record.get(later)
        if first and last and last < first[: len(last)]:
            return [Issue("dates_out_of_order", later)]
        return []

    return rule


def not_above(part: str, whole: str, *, warning: bool = False) -> Rule:
    """The amount in `part` is not above the one in `whole`."""

    def rule(record: Record) -> list[Issue]:
        if part in record and whole in record and Decimal(record[part]) > Decimal(record[whole]):
            return [Issue("amounts_inconsistent", part, warning)]
        return []

    return rule
