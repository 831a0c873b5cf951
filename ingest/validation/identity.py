"""Who a row is about: every identity cell read, and whether together they say it well enough."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from ingest.validation.faults import Faults, Terms
from registry.catalogue import IDENTITY_FIELDS, Unreadable
from registry.catalogue.citizen import REGIONS, birth_of, check_holds, is_shaped, sex_of
from registry.catalogue.identity import read_document, read_last4

OLDEST = 120
_PAPERS = frozenset({"id_number", "passport", "residence_permit", "mobile"})
_FIELDS = tuple(IDENTITY_FIELDS)


def check_identity(
    identity: dict[str, str], unread: Mapping[str, str], terms: Terms, faults: Faults
) -> dict[str, str]:
    """Judge the identity's canonical values by field, in place; faults are added to `faults`.

    `unread` holds the codes of the cells that cannot be read. A citizen number with a wrong check character
    stays in (its weight is for the linkage to judge); one that a spreadsheet has damaged does not.
    """
    before = len(faults.errors)
    if unread:
        for name in _FIELDS:
            if name in unread:
                faults.refuse(unread[name], name)
    if "id_number" in identity:
        _citizen_number(identity, terms, faults)
    if "birth_date" in identity:
        _birth_date(identity, terms, faults)
    if len(faults.errors) == before:
        _sufficient(identity, faults)
    return identity


def _citizen_number(identity: dict[str, str], terms: Terms, faults: Faults) -> None:
    number = identity["id_number"]
    if not is_shaped(number):
        _other_document(identity, faults)
        return
    holds = check_holds(number)
    if number.endswith("000") and (terms.rounded or not holds):
        del identity["id_number"]  # its last digits are not the person's: never compared, never linked
        faults.refuse("id_number_damaged", "id_number")
        return
    if holds:
        _inside_number(identity, terms, faults)
    elif terms.policy == "refuse":
        faults.refuse("id_number_check", "id_number")
    else:
        faults.warn("id_number_check", "id_number")
    if number[:2] not in REGIONS:
        faults.warn("id_number_county", "id_number")


def _other_document(identity: dict[str, str], faults: Faults) -> None:
    """Clerks write the last four, or a foreigner's passport, into the column of citizen numbers."""
    number = identity.pop("id_number")
    read: Callable[[str], str]
    if len(number) <= 4:
        name, read = "id_last4", read_last4
    elif number[0].isalpha() and any(map(str.isdigit, number)):
        name, read = "passport", read_document
    else:
        faults.refuse("id_number_format", "id_number")
        return
    try:
        identity.setdefault(name, read(number))
    except Unreadable:
        faults.refuse("id_number_format", "id_number")


def _inside_number(identity: dict[str, str], terms: Terms, faults: Faults) -> None:
    number = identity["id_number"]
    born = birth_of(number)
    if born is None or not _plausible(born, terms.today):
        faults.refuse("id_number_birth", "id_number")
        return
    if number.endswith("000"):
        faults.warn("id_number_rounded", "id_number")
    if "birth_date" in identity and identity["birth_date"] != born.isoformat():
        faults.warn("birth_date_differs", "birth_date")
    if "sex" in identity and identity["sex"] != sex_of(number):
        faults.warn("sex_differs", "sex")
    if identity.get("id_last4", number[-4:]) != number[-4:]:
        faults.refuse("id_last4_differs", "id_last4")
    if not terms.rules.of_age(born, on=terms.today):
        faults.refuse("under_age", "id_number")


def _birth_date(identity: dict[str, str], terms: Terms, faults: Faults) -> None:
    born = date.fromisoformat(identity["birth_date"])
    if not _plausible(born, terms.today):
        faults.refuse("birth_date_absurd", "birth_date")
    elif not terms.rules.of_age(born, on=terms.today):
        faults.refuse("under_age", "birth_date")


def _plausible(born: date, today: date) -> bool:
    return born <= today and today.year - born.year <= OLDEST


def _sufficient(identity: dict[str, str], faults: Faults) -> None:
    if "name" not in identity:
        faults.refuse("identity_insufficient", "name")
        return
    described = "birth_date" in identity and ("id_last4" in identity or "address" in identity)
    if not described and _PAPERS.isdisjoint(identity):
        faults.refuse("identity_insufficient", "id_number")


def numbers_rounded(numbers: Iterable[str]) -> bool:
    """Whether a spreadsheet has rounded a batch's citizen numbers: many end in 000, some fail their check.

    One in eleven rounded numbers passes its check by chance, so the column is judged and not only the cell.
    """
    whole = [number for number in map(str.strip, numbers) if len(number) == 18]
    ending = [number for number in whole if number.endswith("000") and is_shaped(number)]
    failing = sum(1 for number in ending if not check_holds(number))
    return failing >= 2 and len(ending) * 10 >= len(whole)
