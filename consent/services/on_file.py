"""Which attested consents are on file already, and what ended them that outlasts the paper shown now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from consent.services.attestations import Terms
from registry import residents
from registry.catalogue import IDENTITY
from registry.models.arrays import bytes_array, uuid_array

# Of somebody erased nothing leads from person to consent: there it is the furnisher's reference.
_ATTESTED = """
SELECT c.id, c.resident_id, c.evidence_digest, NULL::bytea, c.status, c.categories, c.evidence_document,
    c.evidence_signed_on, c.ended_at
FROM unnest(%(people)s::uuid[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT * FROM consent_consent WHERE resident_id = wanted.id AND organisation_id = %(organisation)s
        AND evidence_digest IS NOT NULL OFFSET 0
) AS c
UNION ALL
SELECT c.id, c.resident_id, c.evidence_digest, c.reference_digest, c.status, c.categories,
    c.evidence_document, c.evidence_signed_on, c.ended_at
FROM unnest(%(references)s::bytea[]) AS stated(digest) CROSS JOIN LATERAL (
    SELECT * FROM consent_consent WHERE organisation_id = %(organisation)s
        AND reference_digest = stated.digest AND evidence_digest IS NOT NULL AND ended_at IS NOT NULL
        OFFSET 0
) AS c
WHERE (SELECT status FROM registry_resident r WHERE r.id = c.resident_id) = 'erased'
"""
# Locked as the gate locks them, so that what is kept under them is kept before any withdrawal.
_IN_FORCE = """
SELECT id FROM consent_consent WHERE id = ANY(%s::uuid[])
    AND status = 'granted' AND valid_from <= %s AND valid_until > %s
ORDER BY id FOR SHARE
"""


class Ended(NamedTuple):
    """A consent that was withdrawn or ended with an erasure, and the paper that stood behind it."""

    id: UUID
    categories: frozenset[str]
    document: bytes
    signed_on: date
    ended_at: datetime

    def is_of(self, terms: Terms, document: bytes) -> bool:
        """Whether this is its very paper."""
        return self.document == document and self.signed_on == terms.signed_on

    def came_after(self, terms: Terms) -> bool:
        """Whether its end came after this was signed."""
        return terms.signed_on < timezone.localdate(self.ended_at)


@dataclass(slots=True)
class OnFile:
    """One furnisher's attested consents for the people of one call; `roots` says who is one person.

    `by_evidence` finds them by root and evidence digest. `of_erased` are consents of people who were erased,
    by the digests of their references.
    """

    roots: Mapping[UUID, UUID]
    by_evidence: dict[tuple[UUID, bytes], UUID] = field(default_factory=dict)
    withdrawn: dict[UUID, list[Ended]] = field(default_factory=dict)
    of_erased: dict[bytes, list[Ended]] = field(default_factory=dict)

    def outlasting(self, root: UUID, terms: Terms, document: bytes) -> UUID | None:
        """The withdrawal that came after what is attested was signed, for the same kind of information."""
        for each in self.withdrawn.get(root, ()):
            about = each.categories & set(terms.categories) - {IDENTITY}
            if each.is_of(terms, document) or (each.came_after(terms) and about):
                return each.id
        return None

    def outlasting_erasure(
        self, references: Iterable[bytes | None], terms: Terms, document: bytes
    ) -> UUID | None:
        """The consent under one of these references that ended with its resident's erasure, after signing."""
        for reference in references:
            for each in self.of_erased.get(reference or b"", ()):
                if each.is_of(terms, document) or each.came_after(terms):
                    return each.id
        return None


def on_file(organisation: UUID, people: set[UUID], references: Iterable[bytes]) -> OnFile:
    """What this furnisher attested for these people or whoever is merged with them; three queries.

    And for people who are erased, under references of these digests.
    """
    new = people & residents.created()
    roots = residents.root_of(people - new)
    clusters = residents.clusters(roots.values())
    root_by_member = {member: root for root, members in clusters.items() for member in members}
    known = OnFile({each: each for each in new} | roots)
    asked: dict[str, Any] = {
        "people": uuid_array(root_by_member),
        "organisation": organisation,
        "references": bytes_array(references),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ATTESTED, asked)
        for consent, resident, digest, reference, status, *of in cursor.fetchall():
            if reference is not None:
                known.of_erased.setdefault(bytes(reference), []).append(_ended(consent, *of))
                continue
            root = root_by_member[resident]
            known.by_evidence[root, bytes(digest)] = consent
            if status == "withdrawn":
                known.withdrawn.setdefault(root, []).append(_ended(consent, *of))
    return known


def in_force(consents: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Those of these consents that are in force, locked against withdrawal until commit. One query."""
    wanted = set(consents)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [uuid_array(wanted), at, at])
        return {row[0] for row in cursor.fetchall()}


def _ended(
    consent: UUID, categories: list[str], document: memoryview, signed_on: date, ended_at: datetime
) -> Ended:
    return Ended(consent, frozenset(categories), bytes(document), signed_on, ended_at)
