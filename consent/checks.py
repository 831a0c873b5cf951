"""The gate: by this door alone other apps ask whether a consent in force covers what they are about to do.

Each question takes its locks by one SQL statement, in one order: the advisory queue of each resident, the
residents' rows, the consent, the contribution consents; rows of a table by id. They hold until the caller's
transaction ends, so a withdrawal waits for the reads that began before it, or wins over all that begin after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from consent.errors import ConsentRequired
from registry import keys
from registry.catalogue import jurisdiction
from registry.models.arrays import bytes_array, uuid_array
from registry.residents import take_turns

# What a refusal costs must not tell its reason: an id that is nobody's stands in for its nearest neighbour.
# Conditions are judged in Python, on rows as they are once locked.
_ACCESS = """
WITH RECURSIVE asked AS MATERIALIZED (
    (SELECT id, resident_id FROM consent_consent
     WHERE id >= %(consent)s AND resident_id IS NOT NULL ORDER BY id LIMIT 1)
    UNION ALL
    (SELECT id, resident_id FROM consent_consent
     WHERE id < %(consent)s AND resident_id IS NOT NULL ORDER BY id DESC LIMIT 1)
    LIMIT 1
), up AS (
    SELECT r.id, r.merged_into_id FROM asked JOIN registry_resident r ON r.id = asked.resident_id
    UNION ALL
    SELECT r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.merged_into_id
), down AS (
    SELECT id FROM up WHERE merged_into_id IS NULL
    UNION ALL
    SELECT r.id FROM down JOIN registry_resident r ON r.merged_into_id = down.id
), queued AS MATERIALIZED (
    SELECT id, pg_advisory_xact_lock_shared(hashtextextended(id::text, 0))
    FROM (SELECT id FROM down ORDER BY id) AS members
), people AS MATERIALIZED (
    SELECT id, status, merged_into_id FROM registry_resident
    WHERE id = ANY(ARRAY(SELECT id FROM queued)) ORDER BY id FOR SHARE
), access AS MATERIALIZED (
    SELECT * FROM consent_consent
    WHERE id = (SELECT id FROM asked) AND (SELECT count(*) FROM people) > 0 FOR SHARE
), contributions AS MATERIALIZED (
    SELECT id, categories, separate_categories, jurisdiction FROM consent_consent
    WHERE resident_id = ANY(ARRAY(SELECT id FROM people)) AND (SELECT count(*) FROM access) > 0
      AND kind = 'contribution' AND status = 'granted' AND valid_from <= %(at)s AND valid_until > %(at)s
    ORDER BY id FOR SHARE
)
SELECT id, organisation_id, kind, purpose, status, valid_from, valid_until, categories, separate_categories,
    jurisdiction, records_from, records_until, mode, "fetch", frequency_days, data_life_days, match_level,
    (SELECT array_agg(id::text) FROM people), (SELECT array_agg(status::text) FROM people),
    (SELECT array_agg(id::text) FROM people WHERE merged_into_id IS NULL),
    (SELECT json_agg(json_build_array(id, categories, separate_categories, jurisdiction)) FROM contributions)
FROM access
"""

# Mostly nobody of a chunk is merged with anybody, and to follow merges costs more than all the rest.
_MERGED = """
SELECT EXISTS (
    SELECT FROM registry_resident WHERE id = ANY(%(residents)s::uuid[]) AND merged_into_id IS NOT NULL
) OR EXISTS (SELECT FROM registry_resident WHERE merged_into_id = ANY(%(residents)s::uuid[]))
"""
_COVERING_SINGLE = """
WITH people AS MATERIALIZED (
    SELECT id, status FROM registry_resident WHERE id = ANY(%(residents)s::uuid[]) ORDER BY id FOR SHARE
), found AS MATERIALIZED (
    SELECT id, resident_id, categories, separate_categories, jurisdiction, decided_at FROM consent_consent
    WHERE resident_id = ANY(ARRAY(SELECT id FROM people WHERE status <> 'erased'))
      AND organisation_id = %(organisation)s
      AND kind = 'contribution' AND status = 'granted' AND valid_from <= %(at)s AND valid_until > %(at)s
    ORDER BY id FOR SHARE
)
SELECT resident_id, id, resident_id, categories, separate_categories, jurisdiction
FROM found ORDER BY decided_at DESC, id
"""
# Only those who are merged are followed, up and down.
_COVERING = """
WITH RECURSIVE wanted(id) AS MATERIALIZED (
    SELECT unnest(%(residents)s::uuid[])
), up(start, id, next) AS (
    SELECT r.id, r.id, r.merged_into_id FROM wanted JOIN registry_resident r ON r.id = wanted.id
    WHERE r.merged_into_id IS NOT NULL
    UNION ALL
    SELECT up.start, r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.next
), root(start, id) AS MATERIALIZED (
    SELECT start, id FROM up WHERE next IS NULL
    UNION ALL
    SELECT id, id FROM wanted WHERE id NOT IN (SELECT start FROM up)
), below(start, id) AS (
    SELECT root.start, r.id FROM root JOIN registry_resident r ON r.merged_into_id = root.id
    UNION ALL
    SELECT below.start, r.id FROM below JOIN registry_resident r ON r.merged_into_id = below.id
), member(start, id) AS MATERIALIZED (
    SELECT start, id FROM root UNION ALL SELECT start, id FROM below
), people AS MATERIALIZED (
    SELECT id, status FROM registry_resident
    WHERE id = ANY(ARRAY(SELECT id FROM member)) ORDER BY id FOR SHARE
), found AS MATERIALIZED (
    SELECT id, resident_id, categories, separate_categories, jurisdiction, decided_at FROM consent_consent
    WHERE resident_id = ANY(ARRAY(SELECT id FROM people WHERE status <> 'erased'))
      AND organisation_id = %(organisation)s
      AND kind = 'contribution' AND status = 'granted' AND valid_from <= %(at)s AND valid_until > %(at)s
    ORDER BY id FOR SHARE
)
SELECT member.start, found.id, found.resident_id, found.categories, found.separate_categories,
    found.jurisdiction
FROM found JOIN member ON member.id = found.resident_id ORDER BY found.decided_at DESC, found.id
"""

_REFERENCED = """
SELECT wanted.digest, c.id, c.resident_id FROM unnest(%s::bytea[]) AS wanted(digest)
CROSS JOIN LATERAL (
    SELECT id, resident_id FROM consent_consent
    WHERE organisation_id = %s AND reference_digest = wanted.digest AND kind = 'contribution'
    ORDER BY decided_at DESC, id LIMIT 1
) AS c
"""

# One reader at a time: what the second one may do depends on whether the first one's read commits.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"
_LAST_READ = (
    "SELECT max(at) FROM registry_inquiry WHERE consent_id = %s AND resident_id = ANY(%s) AND kind = 'report'"
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a lender may read now. `resident` is the root of the profile.

    `contributions` maps each contribution consent in force of the profile to what it covers: a record shows
    only while its own consent is there and covers its category.
    """

    consent_id: UUID
    resident: UUID
    categories: frozenset[str]
    records_from: date | None
    records_until: date | None
    mode: str
    fetch: str
    data_life_days: int | None
    match_level: str
    contributions: Mapping[UUID, frozenset[str]]


class Referenced(NamedTuple):
    """The consent on file under a furnisher's reference, in whatever state, and whose it is."""

    consent_id: UUID
    resident: UUID


class Covering(NamedTuple):
    """A contribution consent in force and the categories it covers, separate consent taken into account."""

    consent_id: UUID
    resident: UUID
    categories: frozenset[str]


def require_access(
    *, organisation: UUID, consent_id: UUID, purpose: str, at: datetime, again: bool = False
) -> Access:
    """What this lender may read by this consent at this moment, locked against withdrawal until commit.

    `again` says that what was read before under it is handed out once more, which a consent for one read
    allows. Raises ConsentRequired, always the same and after the same work, for an id that is nobody's or
    another organisation's, another purpose, any state but granted, a moment outside its period, or a resident
    who is frozen or erased.
    """
    row = _one(_ACCESS, {"consent": consent_id, "at": at})
    if row is None:
        raise ConsentRequired("there is no consent at all")
    found = _Found(*row)
    asked = (found.id, found.organisation, found.kind, found.purpose, found.status)
    fits = asked == (consent_id, organisation, "access", purpose, "granted") and found.in_period(at)
    open_profile = len(found.roots or ()) == 1 and not {"frozen", "erased"} & set(found.statuses)
    access = found.access() if found.roots else None
    if not fits or not open_profile or access is None:
        raise ConsentRequired
    if not again:
        _require_turn(access, found, at)
    return access


def by_reference(*, organisation: UUID, references: Iterable[str]) -> dict[str, Referenced]:
    """The newest contribution consent under each of these references that is on file. One query."""
    wanted = {
        indexer.digest("consent_reference", reference): reference
        for reference in set(references)
        for indexer in keys.indexers()
    }
    rows = _all(_REFERENCED, [bytes_array(wanted), organisation]) if wanted else []
    return {wanted[bytes(digest)]: Referenced(consent, resident) for digest, consent, resident in rows}


def introduced(*, organisation: UUID, references: Iterable[str]) -> dict[str, Referenced]:
    """As `by_reference`; what is not on file yet nobody else introduces until the acting transaction ends.

    So two chunks that bring one reference at once cannot give it to two people: the second waits, and finds
    whose it has become. To be called before `registry.residents.match`.
    """
    wanted = set(references)
    found = by_reference(organisation=organisation, references=wanted)
    strangers = wanted - found.keys()
    if strangers:
        indexer = keys.indexers()[-1]
        take_turns(
            [indexer.digest("consent_turn", f"{organisation.hex}|{reference}") for reference in strangers]
        )
        found |= by_reference(organisation=organisation, references=strangers)
    return found


def contributions_in_force(
    *, organisation: UUID, residents: Sequence[UUID], at: datetime
) -> dict[UUID, list[Covering]]:
    """For each resident, this furnisher's contribution consents in force, the newest first. Two queries.

    A resident's consents are those of the whole cluster. Rows are locked against withdrawal until commit.
    Residents without any are left out. Whoever is being merged at this very moment may be seen as before.
    """
    if not residents:
        return {}
    values = {"residents": uuid_array(set(residents)), "organisation": organisation, "at": at}
    merged = _one(_MERGED, values)
    statement = _COVERING if merged and merged[0] else _COVERING_SINGLE
    covering: dict[UUID, list[Covering]] = {}
    for start, consent, resident, *of in _all(statement, values):
        covering.setdefault(start, []).append(Covering(consent, resident, _covered(*of)))
    return covering


def require_contribution(*, organisation: UUID, resident: UUID, category: str, at: datetime) -> Covering:
    """The newest contribution consent in force that covers a category; raises ConsentRequired."""
    found = contributions_in_force(organisation=organisation, residents=[resident], at=at)
    for covering in found.get(resident, ()):
        if category in covering.categories:
            return covering
    raise ConsentRequired


@dataclass(frozen=True, slots=True)
class _Found:
    """The row of the gate's statement."""

    id: UUID
    organisation: UUID
    kind: str
    purpose: str
    status: str
    valid_from: datetime | None
    valid_until: datetime | None
    categories: list[str]
    separate: list[str]
    jurisdiction: str
    records_from: date | None
    records_until: date | None
    mode: str
    fetch: str
    frequency_days: int | None
    data_life_days: int | None
    match_level: str
    people: list[str]
    statuses: list[str]
    roots: list[str] | None
    contributions: list[tuple[str, list[str], list[str], str]] | None

    def in_period(self, at: datetime) -> bool:
        """Whether the consent has begun and has not ended by the clock."""
        return (
            self.valid_from is not None
            and self.valid_until is not None
            and self.valid_from <= at < self.valid_until
        )

    def access(self) -> Access:
        """What the consent covers, were it in force."""
        return Access(
            consent_id=self.id,
            resident=UUID((self.roots or [""])[0]),
            categories=_covered(self.categories, self.separate, self.jurisdiction),
            records_from=self.records_from,
            records_until=self.records_until,
            mode=self.mode,
            fetch=self.fetch,
            data_life_days=self.data_life_days,
            match_level=self.match_level,
            contributions={
                UUID(consent): _covered(categories, separate, code)
                for consent, categories, separate, code in self.contributions or ()
            },
        )


def _covered(categories: Iterable[str], separate: Iterable[str], code: str) -> frozenset[str]:
    """The categories that count: those that need separate consent only where it was given."""
    return _counted(tuple(categories), tuple(separate), code)


@lru_cache(maxsize=1024)
def _counted(categories: tuple[str, ...], separate: tuple[str, ...], code: str) -> frozenset[str]:
    pack, apart = jurisdiction(code), set(separate)
    return frozenset(each for each in categories if each in apart or not pack.needs_separate_consent(each))


def _require_turn(access: Access, found: _Found, at: datetime) -> None:
    """Hold a consent to how often it may be used; only those that are limited cost the two statements."""
    if access.fetch == "periodic" and not found.frequency_days:
        return
    _one(_TURN, [str(access.consent_id)])
    last = _one(_LAST_READ, [access.consent_id, [UUID(each) for each in found.people]])
    if last is None or last[0] is None:
        return
    if access.fetch == "once" or at < last[0] + timedelta(days=found.frequency_days or 0):
        raise ConsentRequired("the consent was used as often as it allows")


def _one(statement: str, values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _all(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
