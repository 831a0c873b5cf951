"""What can be said of a profile without opening anything: who holds what, and under which name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry.errors import NotFound
from registry.profiles.notices import SHOWN_TO_LENDERS
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
_HELD_BACK = f"""
SELECT count(*) FROM registry_record r
WHERE r.resident_id = ANY(%(members)s) AND r.status IN ('active', 'disputed') AND NOT {SHOWN_TO_LENDERS}
"""  # noqa: S608  (the two parts are constants)


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


def held_back(*, resident: UUID, at: datetime) -> int:
    """How many records that speak against a resident lenders do not see yet, over the whole cluster."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD_BACK, {"members": cluster(resident), "on": timezone.localdate(at), "at": at})
        return int(cursor.fetchone()[0])


def pseudonym(*, resident: UUID, organisation: UUID) -> str:
    """The resident's name for one organisation: always the same there, and unlike any other's. 32 hex digits.

    Raises NotFound for nobody.
    """
    root = root_of([resident]).get(resident)
    if root is None:
        raise NotFound("no such resident")
    return stable_digest("pseudonym", f"{organisation.hex}|{root.hex}").hex()
