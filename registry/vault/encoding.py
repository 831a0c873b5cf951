"""The canonical encoding of whatever a seal, wrap or derivation is bound to (docs/sealing.md, "Binding").

A version byte, then every part after its length as two bytes, big-endian. Two different lists of parts
never give the same bytes, so nothing can slide from one field into the next.
"""

from functools import lru_cache

VERSION = 1
VERSION_BYTE = bytes([VERSION])

_LONGEST = 0xFFFF


def part(value: bytes) -> bytes:
    """One part after its length. Raises ValueError where it is longer than 65,535 bytes."""
    if len(value) > _LONGEST:
        raise ValueError(f"a bound part is at most {_LONGEST} bytes long")
    return len(value).to_bytes(2, "big") + value


def bind(*parts: bytes) -> bytes:
    """The version byte and all `parts` in order."""
    return VERSION_BYTE + b"".join(map(part, parts))


@lru_cache(maxsize=1024)
def text_part(value: str) -> bytes:
    """One short text as a part, remembered: meant for names of tables and fields, never for data."""
    return part(value.encode())


def number(value: int, size: int) -> bytes:
    """An unsigned number in `size` bytes, big-endian. Raises OverflowError where it does not fit."""
    return value.to_bytes(size, "big")
