"""How UUIDs come from the database: made once and kept for a while, since chunks ask for the same ones again.

A chunk reads the same residents, identities and consents in a dozen statements; to parse their ids anew each
time took a tenth of its time.
"""

from functools import lru_cache
from uuid import UUID

from django.db.backends.postgresql import base  # it registers the driver's own way, which ours comes after
from psycopg2.extensions import new_array_type, new_type, register_type

KEPT = 32_768
_UUID, _UUIDS = (2950,), (2951,)  # PostgreSQL's numbers of uuid and uuid[]
_made = lru_cache(maxsize=KEPT)(UUID)


def read_uuid(text: str | None, cursor: object = None) -> UUID | None:
    """The UUID that a text from the database says; None for NULL."""
    return None if text is None else _made(text)


def register() -> None:
    """Read UUIDs this way over every connection of the process."""
    assert base.__name__
    one = new_type(_UUID, "UUID", read_uuid)
    register_type(one)
    register_type(new_array_type(_UUIDS, "UUID[]", one))
