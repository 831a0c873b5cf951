"""The newest signed head, the keys that may sign one, and the name of this ledger."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from registry import keys
from registry.ledger.checkpoint import Checkpoint, open_note, verifier_key
from registry.ledger.errors import NoteBroken
from registry.models import LedgerCheckpoint

KEY = "ledger"


def newest_checkpoint() -> LedgerCheckpoint | None:
    """The checkpoint of the largest tree, or None before the first."""
    return LedgerCheckpoint.objects.order_by("-size").first()


def newest_note() -> str | None:
    """The note of the largest tree alone, for those who only pass it on; None before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM registry_ledgercheckpoint ORDER BY size DESC LIMIT 1")
        found = cursor.fetchone()
    return str(found[0]) if found else None


def trusted_keys() -> list[bytes]:
    """Public keys of every version of the ledger's signing key, the newest first."""
    return [key.public for key in keys.signing_keys(KEY)]


def open_head(head: LedgerCheckpoint | None) -> Checkpoint | None:
    """The stored head after checking its signature; raises NoteBroken."""
    if head is None:
        return None
    try:
        return open_note(head.note, publics=trusted_keys())
    except NoteBroken:
        keys.forget()  # the key may have been rotated since this process opened its own
        return open_note(head.note, publics=trusted_keys())


def origin(head: Checkpoint | None) -> str:
    """The ledger's name: the site's host and /ledger at its first checkpoint, and the same ever after."""
    return head.origin if head else f"{urlsplit(settings.BASE_URL).netloc}/ledger"


def verifier_keys() -> list[str]:
    """What an auditor configures a verifier with: one text per version of the key, the newest first."""
    name = origin(open_head(newest_checkpoint()))
    return [verifier_key(name, public) for public in trusted_keys()]
