"""The person a lender describes: sealed until the resident answers, then held against who answered.

A description belongs to no resident yet, so it is sealed under a key of the system. It never tells the
lender whether the person is on file.
"""

from collections.abc import Mapping
from uuid import UUID

from registry import keys
from registry.linkage import Person, blocking_keys, normalise
from registry.linkage.compare import Level, compare_names, compare_numbers, compare_passports, compare_permits
from registry.residents.clusters import cluster
from registry.residents.identities import open_identities
from registry.residents.indexing import stable_digest
from registry.vault import Place, open_sealed, seal

_NOBODY = UUID(int=0)
_AGREE = frozenset({Level.SAME, Level.ORDER, Level.ALIKE, Level.SOUND, Level.PART})


def seal_asked(*, request: UUID, identity: Mapping[str, str]) -> bytes:
    """A lender's description of a person (name, id_number or passport or mobile), sealed to its request."""
    person = normalise(identity)
    return seal(keys.system_data_key("asked"), person.to_json().encode(), _place(request))


def asked_digest(identity: Mapping[str, str]) -> bytes:
    """The 16-byte keyed digest of who is asked for: the same for the same document, or name and mobile."""
    person = normalise(identity)
    documents = [f"{key.kind}|{key.value}" for key in blocking_keys(person) if key.strong]
    said = documents[0] if documents else f"{person.parsed_name.letters}|{person.mobile}"
    return stable_digest("asked", said)


def asked_digests(*, resident: UUID) -> list[bytes]:
    """Every `asked_digest` by which somebody may have asked for this resident, written as on file."""
    said: set[str] = set()
    for identity in open_identities(cluster(resident)):
        person = identity.person
        said |= {f"{key.kind}|{key.value}" for key in blocking_keys(person) if key.strong}
        if person.mobile:
            said.add(f"{person.parsed_name.letters}|{person.mobile}")
    return sorted(stable_digest("asked", each) for each in said)


def match_level(*, request: UUID, sealed: bytes, resident: UUID) -> str:
    """How far the description fits the resident: "full" (document and name), "document", "mobile" (mobile and
    name) or "none". Raises SealBroken for a description that was altered or belongs to another request.
    """
    text = open_sealed(keys.system_data_key("asked"), sealed, _place(request))
    asked = Person.from_json(text)
    known = [identity.person for identity in open_identities(cluster(resident))]
    document = any(same_document(asked, person) for person in known)
    name = any(names_agree(asked, person) for person in known)
    mobile = bool(asked.mobile) and any(asked.mobile == person.mobile for person in known)
    if document:
        return "full" if name else "document"
    return "mobile" if mobile and name else "none"


def same_document(a: Person, b: Person) -> bool:
    """Whether two people show one whole citizen number, passport or permit."""
    numbers = (compare_numbers(a, b), compare_passports(a, b), compare_permits(a, b))
    return Level.SAME in numbers and Level.CONTRADICTS not in numbers


def names_agree(a: Person, b: Person) -> bool:
    """Whether two people's names can be one name, in whatever script and order."""
    return compare_names(a.parsed_name, b.parsed_name) in _AGREE


def _place(request: UUID) -> Place:
    return Place("consent_request", request, _NOBODY, "identity")
