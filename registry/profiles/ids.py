"""Ids of new records: many at once, in the order of time, so that an index grows at its end.

UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.
"""

import os
from datetime import datetime
from uuid import UUID

_RANDOM = 10  # bytes an id
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_KEPT = ~((0xF << 76) | (0b11 << 62)) & ((1 << 80) - 1)


def new_ids(count: int, *, at: datetime) -> list[UUID]:
    """So many new ids of one moment."""
    head = int(at.timestamp() * 1000) << 80 | _VERSION_AND_VARIANT
    noise = os.urandom(_RANDOM * count)
    pieces = (noise[place : place + _RANDOM] for place in range(0, len(noise), _RANDOM))
    return [UUID(int=head | int.from_bytes(piece, "big") & _KEPT) for piece in pieces]
