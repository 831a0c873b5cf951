"""The signed consents that partners hold, as their files state them beside every row."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

NEVER_SIGNED, NO_SEPARATE, NO_DIGEST = 0.006, 0.01, 0.002
"""Shares of people who never signed, who refused the separate page, whose page was not scanned."""
COLUMNS = ("reference", "signed_on", "method", "digest", "until")
LASTS = timedelta(days=1095)


@dataclass(frozen=True)
class Paper:
    """What stands in a row about the consent, as text; all blank where nothing was signed."""

    reference: str = ""
    signed_on: str = ""
    method: str = ""
    digest: str = ""
    until: str = ""
    separate: str = ""

    def cells(self) -> list[str]:
        """The cells in the order of COLUMNS."""
        return [self.reference, self.signed_on, self.method, self.digest, self.until]


def sign(
    prefix: str, number: int, rng: Random, *, today: date, arrived: date, separate: bool, surely: bool = False
) -> Paper:
    """The consent of person `number`.

    `prefix` tells the partner's pages apart; with `surely` all is in order.
    """
    rolls = [1.0 if surely else rng.random() for _ in range(3)]
    signed = today - timedelta(days=rng.randrange(30, min(700, max(31, (today - arrived).days))))
    if rolls[0] < NEVER_SIGNED:
        return Paper()
    reference = f"{prefix}-{signed.year}-{number:06d}"
    return Paper(
        reference,
        signed.isoformat(),
        rng.choice(("纸质签字", "纸质签字", "电子签名")),
        "" if rolls[1] < NO_DIGEST else hashlib.sha256(f"{reference} {signed}".encode()).hexdigest(),
        (signed + LASTS).isoformat(),
        "是" if separate and rolls[2] >= NO_SEPARATE else "",
    )
