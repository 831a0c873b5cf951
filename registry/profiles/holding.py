"""What can be said of a profile without opening anything: who holds what, and under which name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from registry.errors import NotFound
from registry.residents import cluster, root_of
from registry.residents.indexing import stable_digest

_HELD = """
SELECT r.organisation_id, o.name, o.name_en, r.type, r.category, count(*), min(r.period), max(r.period),
       max(r.received_at)
FROM registry_record r JOIN registry_organisation o ON o.id = r.organisation_id
WHERE r.resident_id = ANY(%s) AND r.status IN ('active', 'disputed')
GROUP BY r.organisation_id, o.name, o.name_en, r.type, r.category
ORDER BY o.name, r.organisation_id, r.category, r.type
"""


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of one type one organisation has contributed, and of which months (YYYY-MM)."""

    organisation_id: UUID
    organisation_name: str
    organisation_name_en: str
    type: str
    category: str
    count: int
    first_period: str
    last_period: str
    last_received: datetime


def held(*, resident: UUID) -> list[Held]:
    """Everything on file about a resident, over their whole cluster, by organisation and type."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [cluster(resident)])
        return [Held(*row) for row in cursor.fetchall()]


def pseudonym(*, resident: UUID, organisation: UUID) -> str:
    """The resident's name for one organisation: always the same there, and unlike any other's. 32 hex digits.

    Raises NotFound for nobody.
    """
    root = root_of([resident]).get(resident)
    if root is None:
        raise NotFound("no such resident")
    return stable_digest("pseudonym", f"{organisation.hex}|{root.hex}").hex()
