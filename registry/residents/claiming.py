"""A resident takes possession of what is held about them: document, name and a proven mobile must all agree.

1. the document is whole; of all who show it, whoever wrote it down first, 3 holds for exactly one person
2. nobody holds an account for that person yet, and this mobile is nobody else's account
3. furnishers have named this very mobile and a name that agrees; where another furnisher names another
   mobile, one alone is not believed, or it could hand the profile to whoever holds its telephone
4. the account: an identity of the resident's own, the sign-in identifier, the standing; one ledger entry

Whatever fails, the refusal is one and the same, so that nobody learns who is on file.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from registry.errors import RegistryError
from registry.ledger import Event, append
from registry.linkage import Person, normalise
from registry.linkage.numbers import read_mobile
from registry.models import Identifier, Identity, Resident
from registry.residents.candidates import COMMON
from registry.residents.clusters import clusters, root_of
from registry.residents.identities import identity_place, open_identities
from registry.residents.indexing import NewIdentifier, add_identifiers, digests_of, index
from registry.residents.locks import hold_cluster
from registry.residents.merging import SIGN_IN, account_of, settle
from registry.residents.requests import names_agree
from registry.residents.resident_keys import open_keys
from registry.vault import seal


class ClaimRefused(RegistryError):
    """The details do not all belong to one person on file who has no account yet."""

    code = "claim_refused"
    status = 403
    sentence = (
        "We could not find you with these details. Check your name, document number and mobile number,"
        " or ask at a community office."
    )


def claim(
    *, mobile: str, name: str, document: str, by: str, method: str, at: datetime, assisted: bool = False
) -> UUID:
    """Make the person of this document the holder of an account that signs in with this proven mobile.

    `document` is a citizen number, passport or residence permit. Returns the resident who holds the account
    from now on, whatever they are merged into later. Raises ClaimRefused, the same for every reason.
    """
    person = normalise({"id_number": document, "name": name, "mobile": mobile})
    with transaction.atomic():
        resident = _owner(person)  # 1
        root, members = hold_cluster(resident)
        _require_free(root, members, person)  # 2
        _require_agreement(members, person)  # 3
        try:
            with transaction.atomic():
                _make_account(resident, person, at)  # 4
        except IntegrityError:
            raise ClaimRefused("the mobile became somebody else's account meanwhile") from None
        settle(root.id)
        details = {"method": method, "assisted": assisted}
        append(Event.RESIDENT_CLAIMED, by=by, at=at, subject=resident, details=details)
    return resident


def claimant(*, mobile: str) -> UUID | None:
    """The resident who signs in with this mobile; None for nobody."""
    found = Identifier.objects.filter(
        digest__in=[digest for _version, digest in _sign_in_digests(mobile)], kind=SIGN_IN, strong=True
    ).exclude(resident__status=Resident.Status.ERASED)
    return found.values_list("resident_id", flat=True).first()


def mobile_digest(mobile: str) -> bytes:
    """The 16-byte blind index of a mobile as a means to sign in; the same however the number is written."""
    return _sign_in_digests(mobile)[-1][1]


def _sign_in_digests(mobile: str) -> tuple[tuple[int, bytes], ...]:
    return digests_of(SIGN_IN, read_mobile(mobile))


def _owner(person: Person) -> UUID:
    """The resident whose document this is: of all who show it, the one whom mobile and name agree with.

    Whose strong identifier it is counts for nothing here: a furnisher may have named it under another name.
    """
    if not person.mobile:
        raise ClaimRefused("no mobile")
    holders = _holders(person)
    roots = root_of(holders)
    people = clusters(roots.values())
    agreeing = [root for root, members in people.items() if _agrees(members, person)]
    if len(agreeing) != 1:
        raise ClaimRefused("nobody has this document, mobile and name, or more than one")
    return next(holder for holder in holders if roots.get(holder) == agreeing[0])


def _holders(person: Person) -> list[UUID]:
    """Who shows this whole document, its strong owner first; not more than COMMON."""
    digests = [digest for entry in index(person) if entry.strong for digest in entry.all]
    found = Identifier.objects.filter(digest__in=digests).order_by("-strong", "resident")
    return list(dict.fromkeys(found.values_list("resident_id", flat=True)[:COMMON]))


def _require_free(root: Resident, members: list[UUID], person: Person) -> None:
    taken = account_of(members) is not None or claimant(mobile=person.mobile) is not None
    if taken or root.status == Resident.Status.ERASED:
        raise ClaimRefused("the person, or the mobile, has an account, or the person was erased")


def _require_agreement(members: Collection[UUID], person: Person) -> None:
    if not _agrees(members, person):
        raise ClaimRefused("the mobile or the name is another one")


def _agrees(members: Collection[UUID], person: Person) -> bool:
    furnished = list(open_identities(members))
    naming = {each.organisation for each in furnished if each.person.mobile == person.mobile}
    others = {each.organisation for each in furnished if each.person.mobile} - naming
    mobile = len(naming) > 1 or (naming and not others)
    return bool(mobile) and any(names_agree(person, each.person) for each in furnished)


def _make_account(resident: UUID, person: Person, at: datetime) -> None:
    key = open_keys([resident])[resident]
    row = uuid4()
    Identity.objects.create(
        id=row,
        resident_id=resident,
        fingerprint=uuid4().bytes,  # nothing is furnished under it, so nothing need meet it
        sealed=seal(key, person.to_json().encode(), identity_place(row, resident)),
        created_at=at,
    )
    add_identifiers(
        NewIdentifier(resident, SIGN_IN, version, digest, strong=True)
        for version, digest in _sign_in_digests(person.mobile)
    )
    Resident.objects.filter(id=resident).update(status=Resident.Status.ACTIVE, claimed_at=at)
