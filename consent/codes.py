"""Short codes: what a resident types or opens to answer a request. Only a keyed digest of one is kept."""

import secrets

from registry import keys

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else: no 0 O, no 1 I L
GROUPS, GROUP = 3, 5  # 31^15 is 74 bits


def new_code() -> str:
    """A code nobody can guess, in groups, such as "K7MPX-4QRTW-9WDEB"."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def code_digest(code: str) -> bytes:
    """What is kept of a code: its digest under the newest key."""
    return keys.indexers()[0].digest("consent_code", plain(code))


def code_digests(code: str) -> list[bytes]:
    """Under which digests a code may be on file; upper and lower case, spaces and dashes do not matter."""
    return [indexer.digest("consent_code", plain(code)) for indexer in keys.indexers()]


def plain(code: str) -> str:
    """The letters and digits of a code alone, in upper case."""
    return "".join(letter for letter in code.upper() if letter in ALPHABET)
