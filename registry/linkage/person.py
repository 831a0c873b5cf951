"""A person as one row describes them: clean values, in the form that is sealed and stored.

What can be derived (sounds, parts of an address, the birth date in a number) is not stored: better reading of
names and addresses then helps the people already on file.
"""

import json
from json.encoder import encode_basestring
from typing import NamedTuple, Self

from registry.linkage.addresses import Address, read_address
from registry.linkage.names import Name, read_name
from registry.linkage.numbers import birth_in, is_strong_permit, sex_in

VERSION = 1


class Person(NamedTuple):
    """One identity, normalised. Every field is "" where the row said nothing usable.

    name: as it may be shown. id_number: 18 characters, X in capitals, perhaps with a wrong check character
    (`id_number_valid`). id_last4: its last four, or the four the row gave. mobile: digits.
    birth_date: ISO 8601. sex: "M" or "F". address: simplified, without blanks.
    """

    name: str = ""
    id_number: str = ""
    id_number_valid: bool = False
    id_last4: str = ""
    passport: str = ""
    residence_permit: str = ""
    mobile: str = ""
    birth_date: str = ""
    sex: str = ""
    address: str = ""

    @property
    def parsed_name(self) -> Name:
        """The name taken apart (cached by its text)."""
        return read_name(self.name)

    @property
    def home(self) -> Address:
        """The address taken apart (cached by its text)."""
        return read_address(self.address)

    @property
    def births(self) -> tuple[str, ...]:
        """Birth dates this identity speaks for: the one stated, and another one inside a valid number."""
        stated = self.birth_date
        inside = birth_in(self.id_number if self.id_number_valid else self.residence_permit)
        if not inside or inside == stated:
            return (stated,) if stated else ()
        return (stated, inside) if stated else (inside,)

    @property
    def known_sex(self) -> str:
        """The sex stated, else the one inside a valid number, else ""."""
        return self.sex or (sex_in(self.id_number) if self.id_number_valid else sex_in(self.residence_permit))

    @property
    def strong_permit(self) -> bool:
        """Whether the residence permit's number is whole, so that it names one person."""
        return is_strong_permit(self.residence_permit)

    def fields(self) -> dict[str, str]:
        """The identity as fields of a row again; normalising them gives this person back."""
        return {name: value for name in _TEXTS if (value := getattr(self, name))}

    def to_json(self) -> str:
        """Compact JSON with the layout's version; the same person always gives the same text."""
        texts = zip(_TEXTS, self[:2] + self[3:], strict=True)
        said = [f',"{name}":{encode_basestring(value)}' for name, value in texts if value]
        return f'{{"v":{VERSION}{"".join(said)}{_VALID if self.id_number_valid else ""}}}'

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The person that `to_json` wrote. Raises ValueError for another version of the layout."""
        stored = json.loads(text)
        if stored.pop("v", None) != VERSION:
            raise ValueError("unknown version of a stored person")
        return cls(**stored)


_TEXTS = tuple(name for name in Person._fields if name != "id_number_valid")
_VALID = ',"id_number_valid":true'
