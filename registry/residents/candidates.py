"""Candidates for a chunk of people: one look-up by blind index, each cluster opened once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from registry.linkage import Candidate, Model, Person
from registry.linkage.decide import score
from registry.residents.clusters import clusters, root_of
from registry.residents.identities import open_identities
from registry.residents.indexing import Indexed

COMMON = 50
"""A weak digest shared by more residents than this says nothing about who somebody is and is not followed."""

# One more than COMMON shows that there are too many. A strong digest's owner is found however many share it.
_FOLLOW = """
SELECT wanted.digest, hit.resident_id, false
FROM unnest(%(all)s::bytea[]) AS wanted(digest)
CROSS JOIN LATERAL (
    SELECT resident_id FROM registry_identifier i WHERE i.digest = wanted.digest LIMIT %(most)s
) AS hit
UNION ALL
SELECT digest, resident_id, true FROM registry_identifier WHERE strong AND digest = ANY(%(strong)s::bytea[])
"""


@dataclass(slots=True)
class Pool:
    """Everyone a chunk's people may be.

    known: per root, who of its cluster was described how. behind: the roots that stand behind each digest.
    owners: the resident (a member, not its root) who has a strong digest in the tables.
    """

    known: dict[UUID, list[tuple[UUID, Person]]] = field(default_factory=dict)
    behind: dict[bytes, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    owners: dict[bytes, UUID] = field(default_factory=dict)

    def persons(self, root: UUID) -> list[Person]:
        """Every description of who stands behind this root; [] for nobody, and for who was erased."""
        return [person for _member, person in self.known.get(root, ())]

    def candidates(self, indexed: Iterable[Indexed], also: UUID | None = None) -> list[Candidate]:
        """The residents that share at least one digest, in a stable order."""
        roots = {root for entry in indexed for digest in entry.all for root in self.behind.get(digest, ())}
        if also is not None:
            roots.add(also)
        return [Candidate(root, self.persons(root)) for root in sorted(roots) if root in self.known]

    def holder(self, root: UUID, person: Person, model: Model) -> UUID:
        """The member of the cluster whom this person resembles most; with them it stays after a split."""
        voices: dict[UUID, list[Person]] = defaultdict(list)
        for member, known in self.known.get(root, ()):
            voices[member].append(known)
        if len(voices) < 2:
            return next(iter(voices), root)
        return max(
            voices, key=lambda member: (score(person, voices[member], model).weight, member == root, member)
        )

    def learn(self, root: UUID, holder: UUID, person: Person, indexed: Iterable[Indexed]) -> None:
        """Remember a person decided in this chunk, so that later rows meet them."""
        self.known.setdefault(root, []).append((holder, person))
        for entry in indexed:
            for digest in entry.all:
                self.behind[digest].add(root)


def gather(indexed: Collection[Indexed], also: Collection[UUID]) -> Pool:
    """Find and open every resident behind these digests, and the residents in `also`."""
    pool = Pool()
    found, pool.owners = _follow(indexed)
    roots = root_of(
        {who for residents in found.values() for who in residents} | set(pool.owners.values()) | set(also)
    )
    for digest, residents in found.items():
        if len(residents) <= COMMON:
            pool.behind[digest] = {roots[who] for who in residents}
    for digest, owner in pool.owners.items():
        pool.behind[digest].add(roots[owner])
    _open(pool, {root for behind in pool.behind.values() for root in behind} | {roots[who] for who in also})
    return pool


def _open(pool: Pool, roots: Collection[UUID]) -> None:
    root_by_member = {member: root for root, group in clusters(roots).items() for member in group}
    for resident, _organisation, person in open_identities(root_by_member):
        pool.known.setdefault(root_by_member[resident], []).append((resident, person))


def _follow(indexed: Collection[Indexed]) -> tuple[dict[bytes, set[UUID]], dict[bytes, UUID]]:
    """Who shares each digest (at most one more than COMMON), and who owns the strong ones."""
    shared: dict[bytes, set[UUID]] = defaultdict(set)
    owners: dict[bytes, UUID] = {}
    wanted = {digest for entry in indexed for digest in entry.all}
    strong = {digest for entry in indexed if entry.strong for digest in entry.all}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_FOLLOW, {"all": list(wanted), "strong": list(strong), "most": COMMON + 1})
            for digest, resident, owned in cursor.fetchall():
                if owned:
                    owners[bytes(digest)] = resident
                else:
                    shared[bytes(digest)].add(resident)
    return shared, owners
