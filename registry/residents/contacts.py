"""How to reach and address a resident: what they proved themselves, else what was furnished last."""

from collections.abc import Collection, Iterator
from uuid import UUID

from registry.linkage import Person
from registry.residents.clusters import cluster, clusters, root_of
from registry.residents.identities import open_identities


def contact(*, resident: UUID) -> str | None:
    """The mobile that notices go to: the proven one if there is one, else the newest furnished, else None."""
    return contacts(residents=[resident]).get(resident)


def contacts(*, residents: Collection[UUID]) -> dict[UUID, str]:
    """`contact` for many residents with one look-up; whoever cannot be reached is left out."""
    return _first(residents, "mobile")


def mobiles(*, resident: UUID) -> set[str]:
    """Every mobile by which a resident is known, furnished or proven, as `linkage` writes it."""
    known = {identity.person.mobile for identity in open_identities(cluster(resident))}
    return known - {""}


def display_name(*, resident: UUID) -> str:
    """The resident's name as it may be shown to them; "" where none is known."""
    return _first([resident], "name").get(resident, "")


def _first(residents: Collection[UUID], field: str) -> dict[UUID, str]:
    roots = root_of(residents)
    found: dict[UUID, str] = {}
    for root, person in _persons(set(roots.values())):
        if root not in found and (value := getattr(person, field)):
            found[root] = value
    return {resident: found[root] for resident, root in roots.items() if root in found}


def _persons(roots: Collection[UUID]) -> Iterator[tuple[UUID, Person]]:
    root_by_member = {member: root for root, group in clusters(roots).items() for member in group}
    for identity in open_identities(root_by_member):
        yield root_by_member[identity.resident], identity.person
