"""Candidates for a chunk of people: one look-up by blind index, each cluster opened once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from registry.linkage import Candidate, Model, Person
from registry.linkage.decide import score
from registry.models.arrays import bytes_array
from registry.residents.clusters import clusters, root_of
from registry.residents.identities import open_identities
from registry.residents.indexing import Indexed

COMMON = 50
"""A weak digest shared by more residents than this says nothing about who somebody is and is not followed."""

# One more than COMMON shows that there are too many.
_FOLLOW = """
SELECT wanted.digest, hit.resident_id, hit.strong
FROM unnest(%s::bytea[]) AS wanted(digest)
CROSS JOIN LATERAL (
    SELECT resident_id, strong FROM registry_identifier i WHERE i.digest = wanted.digest LIMIT %s
) AS hit
"""
# A strong digest's owner is found however many share it.
_OWNERS = "SELECT digest, resident_id FROM registry_identifier WHERE strong AND digest = ANY(%s::bytea[])"


@dataclass(slots=True)
class Pool:
    """Everyone a chunk's people may be.

    known: per root, who of its cluster was described how. behind: the root that stands behind each digest, or
    the set of them where they are several. owners: the resident (a member, not its root) who has a strong
    digest in the tables.
    """

    known: dict[UUID, list[tuple[UUID, Person]]] = field(default_factory=dict)
    behind: dict[bytes, UUID | set[UUID]] = field(default_factory=dict)
    owners: dict[bytes, UUID] = field(default_factory=dict)

    def persons(self, root: UUID) -> list[Person]:
        """Every description of who stands behind this root; [] for nobody, and for who was erased."""
        return [person for _member, person in self.known.get(root, ())]

    def strangers(self, digests: Iterable[bytes]) -> bool:
        """Whether nobody is known by any of these digests."""
        return self.behind.keys().isdisjoint(digests)

    def candidates(self, digests: Iterable[bytes], also: UUID | None = None) -> list[Candidate]:
        """The residents that share at least one digest, in a stable order."""
        roots: set[UUID] = set() if also is None else {also}
        for digest in digests:
            standing = self.behind.get(digest)
            if isinstance(standing, set):
                roots |= standing
            elif standing is not None:
                roots.add(standing)
        return [Candidate(root, self.persons(root)) for root in sorted(roots) if root in self.known]

    def holder(self, root: UUID, person: Person, model: Model) -> UUID:
        """The member of the cluster whom this person resembles most; with them it stays after a split."""
        known = self.known.get(root, ())
        if len({member for member, _known in known}) < 2:
            return known[0][0] if known else root
        voices: dict[UUID, list[Person]] = defaultdict(list)
        for member, described in known:
            voices[member].append(described)
        return max(
            voices, key=lambda member: (score(person, voices[member], model).weight, member == root, member)
        )

    def learn(self, root: UUID, holder: UUID, person: Person, digests: Iterable[bytes]) -> None:
        """Remember a person decided in this chunk, so that later rows meet them."""
        self.known.setdefault(root, []).append((holder, person))
        behind = self.behind
        for digest in digests:
            if behind.setdefault(digest, root) is not root:
                self.stand(root, digest)

    def stand(self, root: UUID, digest: bytes) -> None:
        """Remember who stands behind a digest."""
        standing = self.behind.setdefault(digest, root)
        if standing is not root and standing != root:
            if isinstance(standing, set):
                standing.add(root)
            else:
                self.behind[digest] = {standing, root}


def gather(
    indexed: Collection[Indexed], also: Collection[UUID], without: Collection[UUID] = frozenset()
) -> Pool:
    """Find and open every resident behind these digests, and the residents in `also`.

    Identities in `without` are left out, and who was described by no others.
    """
    pool = Pool()
    found, pool.owners = _follow(indexed)
    roots = root_of(
        {who for residents in found.values() for who in residents} | set(pool.owners.values()) | set(also)
    )
    wanted = {roots[who] for who in also if who in roots}
    for digest, residents in found.items():
        if len(residents) <= COMMON:
            wanted |= _behind(pool, digest, {roots[who] for who in residents})
    for digest, owner in pool.owners.items():
        wanted |= _behind(pool, digest, {roots[owner]})
    _open(pool, wanted, without)
    return pool


def _behind(pool: Pool, digest: bytes, roots: set[UUID]) -> set[UUID]:
    for root in roots:
        pool.stand(root, digest)
    return roots


def _open(pool: Pool, roots: Collection[UUID], without: Collection[UUID]) -> None:
    root_by_member = {member: root for root, group in clusters(roots).items() for member in group}
    for identity in open_identities(root_by_member):
        if identity.id not in without:
            known = pool.known.setdefault(root_by_member[identity.resident], [])
            known.append((identity.resident, identity.person))


def _follow(indexed: Collection[Indexed]) -> tuple[dict[bytes, set[UUID]], dict[bytes, UUID]]:
    """Who shares each digest (at most one more than COMMON), and who owns the strong ones."""
    shared: dict[bytes, set[UUID]] = defaultdict(set)
    owners: dict[bytes, UUID] = {}
    strong = {digest for entry in indexed if entry.strong for _version, digest in entry.digests}
    wanted = {digest for entry in indexed for _version, digest in entry.digests}
    if not wanted:
        return shared, owners
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, [bytes_array(sorted(wanted)), COMMON + 1])
        for raw, resident, owned in cursor.fetchall():
            digest = bytes(raw)
            shared[digest].add(resident)
            if owned and digest in strong:
                owners[digest] = resident
        common = [each for each in strong if len(shared.get(each, ())) > COMMON and each not in owners]
        if common:
            cursor.execute(_OWNERS, [bytes_array(common)])
            owners |= {bytes(digest): resident for digest, resident in cursor.fetchall()}
    return shared, owners
