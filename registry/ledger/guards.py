"""Whether the tables are still guarded as migration 0002 and the models left them."""

from django.db import connection

_ENTRY, _LEAF = "registry_ledgerentry", "registry_ledgerleaf"
_CHECKPOINT, _TILE, _PENDING = "registry_ledgercheckpoint", "registry_ledgertile", "registry_ledgerpending"

TRIGGERS = frozenset(
    {
        (table, name)
        for table in (_ENTRY, _LEAF, _CHECKPOINT)
        for name in ("ledger_no_change", "ledger_no_truncate")
    }
    | {(_TILE, name) for name in ("ledger_grows", "ledger_no_removal", "ledger_no_truncate")}
    | {(_PENDING, name) for name in ("ledger_no_change", "ledger_placed", "ledger_no_truncate")}
)
COMPUTED = frozenset(
    {(_ENTRY, column) for column in ("entry", "event", "subject", "organisation", "at")}
    | {(_CHECKPOINT, column) for column in ("size", "root")}
)

_ENABLED = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgrelid::regclass::text = ANY(%s)
"""
_GENERATED = """
SELECT attrelid::regclass::text, attname FROM pg_attribute
WHERE attgenerated = 's' AND attrelid::regclass::text = ANY(%s)
"""


def missing_guard() -> str | None:
    """The first trigger or computed column that is not in force, as "table.name"; None if all are."""
    tables = [_ENTRY, _LEAF, _CHECKPOINT, _TILE, _PENDING]
    with connection.cursor() as cursor:
        cursor.execute(_ENABLED, [tables])
        present = set(cursor.fetchall())
        cursor.execute(_GENERATED, [tables])
        present |= set(cursor.fetchall())
    absent = sorted((TRIGGERS | COMPUTED) - present)
    return ".".join(absent[0]) if absent else None
