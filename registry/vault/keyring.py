"""Keyrings: where the root key lives. A back end wraps and unwraps; what it holds never leaves it.

`KEYRING` names one: `file:PATH` today. Others (a cloud's key service, a PKCS#11 module) are further classes
with the methods of `Keyring` and a line in `_BACK_ENDS`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from registry.vault.aead import Sealed
from registry.vault.errors import KeyringUnknown
from registry.vault.keyfile import FileKeyring


class Keyring(Protocol):
    """A root key with versions; the primary one wraps, all of them unwrap."""

    @property
    def primary_version(self) -> int:
        """The version that wraps from now on."""

    def wrap(self, secret: bytes, *, context: str) -> bytes:
        """`secret` under the primary root key, bound to `context`. Raises KeyUnavailable."""

    def unwrap(self, blob: Sealed, *, context: str) -> bytes:
        """What was wrapped for this very `context`. Raises SealBroken, KeyUnavailable."""

    def version_of(self, blob: Sealed) -> int:
        """The root version that a wrapped blob says it is under. Raises SealBroken for no such blob."""

    def rotate(self) -> int:
        """Make a new root key the primary one and return its version; the older ones still unwrap."""


_BACK_ENDS: dict[str, Callable[[Path, bool], Keyring]] = {"file": FileKeyring.at}


def open_keyring(url: str, *, create: bool) -> Keyring:
    """The keyring at `url`, for example `file:/var/lib/registry/keyring.json`.

    With `create`, a keyring that does not exist is made; one that exists is opened as it is.
    Raises KeyringUnknown, KeyringMissing, KeyringUnsafe, KeyringMalformed.
    """
    scheme, _, rest = url.partition(":")
    if scheme not in _BACK_ENDS:
        known = ", ".join(f"{name}:" for name in _BACK_ENDS)
        raise KeyringUnknown(f"no keyring back end {scheme!r} in this build; there is {known}")
    path = rest.removeprefix("//") if rest.startswith("///") else rest
    if not path or path.startswith("//"):
        raise KeyringUnknown("a file keyring is written file:PATH")
    return _BACK_ENDS[scheme](Path(path), create)
