"""Which attested consents are on file already, and which withdrawals outlast the paper that is shown now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from consent.services.attestations import Terms
from registry import residents
from registry.models.arrays import uuid_array

_ATTESTED = """
SELECT id, resident_id, evidence_digest, status, categories, evidence_document, evidence_signed_on, ended_at
FROM consent_consent WHERE resident_id = ANY(%s::uuid[]) AND organisation_id = %s
    AND evidence_digest IS NOT NULL
"""
# Locked as the gate locks them, so that what is kept under them is kept before any withdrawal.
_IN_FORCE = """
SELECT id FROM consent_consent WHERE id = ANY(%s::uuid[])
    AND status = 'granted' AND valid_from <= %s AND valid_until > %s
ORDER BY id FOR SHARE
"""


class Withdrawn(NamedTuple):
    """A consent that is withdrawn, and the paper that stood behind it."""

    id: UUID
    categories: frozenset[str]
    document: bytes
    signed_on: date
    ended_at: datetime


@dataclass(slots=True)
class OnFile:
    """One furnisher's attested consents for the people of one call; `roots` says who is one person.

    `by_evidence` finds them by root and evidence digest.
    """

    roots: Mapping[UUID, UUID]
    by_evidence: dict[tuple[UUID, bytes], UUID] = field(default_factory=dict)
    withdrawn: dict[UUID, list[Withdrawn]] = field(default_factory=dict)

    def outlasting(self, root: UUID, terms: Terms, document: bytes) -> UUID | None:
        """The withdrawal that came after what is attested was signed, for the same kind of information."""
        for each in self.withdrawn.get(root, ()):
            if each.document == document and each.signed_on == terms.signed_on:
                return each.id
            earlier = terms.signed_on < timezone.localdate(each.ended_at)
            if earlier and each.categories & set(terms.categories) - {"identity"}:
                return each.id
        return None


def on_file(organisation: UUID, people: set[UUID]) -> OnFile:
    """What this furnisher attested for these people or whoever is merged with them; three queries."""
    roots = residents.root_of(people)
    clusters = residents.clusters(roots.values())
    root_by_member = {member: root for root, members in clusters.items() for member in members}
    known = OnFile(roots)
    with connection.cursor() as cursor:
        cursor.execute(_ATTESTED, [uuid_array(root_by_member), organisation])
        for consent, resident, digest, status, *of in cursor.fetchall():
            root = root_by_member[resident]
            known.by_evidence[root, bytes(digest)] = consent
            if status == "withdrawn":
                known.withdrawn.setdefault(root, []).append(_withdrawn(consent, *of))
    return known


def in_force(consents: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Those of these consents that are in force, locked against withdrawal until commit. One query."""
    wanted = set(consents)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [uuid_array(wanted), at, at])
        return {row[0] for row in cursor.fetchall()}


def _withdrawn(
    consent: UUID, categories: list[str], document: memoryview, signed_on: date, ended_at: datetime
) -> Withdrawn:
    return Withdrawn(consent, frozenset(categories), bytes(document), signed_on, ended_at)
