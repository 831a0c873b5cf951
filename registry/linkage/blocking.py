"""Keys under which a person is looked up. Each becomes a blind index; two people who share one are compared.

Names enter as sorted letters without tones, so that scripts and orders meet, and never alone: an index of a
name alone would betray its bearer by frequency.
"""

from typing import NamedTuple

from registry.linkage.person import Person

STRONG_KINDS = frozenset({"id_number", "passport", "residence_permit"})
"""Kinds whose whole and valid numbers name one person."""


class Key(NamedTuple):
    """A kind of key and its value; `strong` where the value alone names one person."""

    kind: str
    value: str
    strong: bool = False


def blocking_keys(person: Person) -> list[Key]:
    """Every key of this person, strong ones first, without doubles."""
    return [Key(*each) for each in plain_keys(person)]


def plain_keys(person: Person) -> list[tuple[str, str, bool]]:
    """`blocking_keys` for whoever needs thousands of them at once: kind, value, strong."""
    return _documents(person) + _weak(person)


def _documents(person: Person) -> list[tuple[str, str, bool]]:
    keys = []
    if person.id_number:
        keys.append(("id_number", person.id_number, person.id_number_valid))
    if person.passport:
        keys.append(("passport", person.passport, True))
    if person.residence_permit:
        keys.append(("residence_permit", person.residence_permit, person.strong_permit))
    return keys


def _weak(person: Person) -> list[tuple[str, str, bool]]:
    births, compound, last4, mobile = person.births, person.home.compound, person.id_last4, person.mobile
    keys = [("mobile", mobile, False)] if mobile else []
    if last4:
        keys += [("last4_birth", f"{last4}|{birth}", False) for birth in births]
    for name in dict.fromkeys(person.parsed_name.keys):
        keys += [("name_birth", f"{name}|{birth}", False) for birth in births]
        if mobile:
            keys.append(("name_mobile", f"{name}|{mobile[-4:]}", False))
        if last4:
            keys.append(("name_last4", f"{name}|{last4}", False))
        if compound:
            keys.append(("name_home", f"{name}|{compound}", False))
    return keys
