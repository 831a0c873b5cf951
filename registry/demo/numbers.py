"""Numbers that check like real ones and belong to nobody.

Citizen numbers carry 99 where the prefecture stands, which GB/T 2260 gives to none; passports begin with ZZ,
the code that ISO 3166 keeps free; mobiles are of ranges that the numbering plan has not given out.
"""

from datetime import date
from random import Random

from registry.catalogue import Unreadable
from registry.catalogue.citizen import check_character
from registry.catalogue.codes import read_credit_code

INVENTED_PREFECTURE = "99"
INVENTED_PASSPORT = "ZZ"
INVENTED_MOBILES = ("160", "161", "163", "164", "168", "169")


def citizen_number(region: str, birth: date, sex: str, rng: Random) -> str:
    """The 18 characters of GB 11643-1999; `region` is the province's two digits, `sex` M or F."""
    order = rng.randrange(500) * 2 + (sex == "M")
    body = f"{region}{INVENTED_PREFECTURE}{rng.randrange(1, 30):02d}{birth:%Y%m%d}{order:03d}"
    return body + check_character(body)


def passport(rng: Random) -> str:
    """A passport's nine characters."""
    return f"{INVENTED_PASSPORT}{rng.randrange(10**7):07d}"


def mobile(rng: Random) -> str:
    """Eleven digits."""
    return rng.choice(INVENTED_MOBILES) + f"{rng.randrange(10**8):08d}"


def credit_code(body: str) -> str:
    """The 17 characters of a unified social credit code with the check character they need."""
    for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        try:
            return read_credit_code(body + letter)
        except Unreadable:
            continue
    raise ValueError("not the 17 characters of a credit code")
