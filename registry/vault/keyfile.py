"""The file back end: root keys in one JSON file that only its owner can read.

    {"format": "registry-keyring-1", "primary": 2,
     "keys": {"1": {"secret": "base64 of 32 bytes", "check": "hex"}, "2": {…}}}

`check` is the first 8 bytes of HMAC-SHA-256 under the key itself: a damaged key is noticed when the file is
opened and not when a seal fails. Writers take turns on a lock file beside it; a new file is written apart,
synced and renamed into place, so that a reader meets the old content or the new, never half of either.
"""

import base64
import json
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from registry.vault.aead import KEY_BYTES, Sealed, decrypt, encrypt, new_secret
from registry.vault.encoding import VERSION, bind, number
from registry.vault.errors import KeyringMalformed, KeyringMissing, SealBroken
from registry.vault.opened import OpenedKey
from registry.vault.private_files import locked, read_private, write_private

FORMAT = "registry-keyring-1"

_VERSION_BYTES = 4
_HEAD = 1 + _VERSION_BYTES
_LAST_VERSION = 2**32 - 1


class FileKeyring(OpenedKey):
    """Root keys from a file. Blobs: 0x01 | root version (4 bytes, big-endian) | nonce | ciphertext | tag."""

    __slots__ = ("_ciphers", "_path", "primary_version")

    primary_version: int

    def __init__(self, path: Path) -> None:
        """Open the file. Raises KeyringMissing, KeyringUnsafe, KeyringMalformed."""
        self._path = path
        self._load()

    @classmethod
    def at(cls, path: Path, create: bool) -> Self:
        """The keyring at `path`, made with one root key where there is none and `create` says so."""
        try:
            return cls(path)
        except KeyringMissing:
            if not create:
                raise
        with locked(path):
            if not path.exists():  # another process may have made it while this one waited
                _write(path, {1: new_secret()}, primary=1)
        return cls(path)

    def wrap(self, secret: bytes, *, context: str) -> bytes:
        """`secret` under the primary root key. The file is read anew, so that a rotation by another
        process is seen before anything more is wrapped under the older key."""
        self._load()
        version = self.primary_version
        sealed = encrypt(self._ciphers[version], secret, _bound(version, context))
        return sealed[:1] + number(version, _VERSION_BYTES) + sealed[1:]

    def unwrap(self, blob: Sealed, *, context: str) -> bytes:
        """What was wrapped for this `context`. Raises SealBroken, also for a root version nobody holds."""
        version = self.version_of(blob)
        if version not in self._ciphers:
            self._load()
        if version not in self._ciphers:
            raise SealBroken(f"the keyring holds no root version {version}")
        raw = bytes(blob)
        return decrypt(self._ciphers[version], raw[:1] + raw[_HEAD:], _bound(version, context))

    def version_of(self, blob: Sealed) -> int:
        """The root version named in a blob. Raises SealBroken for something that is no blob."""
        head = bytes(blob[:_HEAD])
        if len(head) < _HEAD or head[0] != VERSION:
            raise SealBroken("not a key wrapped by a keyring")
        return int.from_bytes(head[1:], "big")

    def rotate(self) -> int:
        """Add a root key and make it primary; returns its version. Two at once make two versions."""
        with locked(self._path):
            _, secrets = _read(self._path)
            version = max(secrets) + 1
            _write(self._path, {**secrets, version: new_secret()}, primary=version)
        self._load()
        return version

    def _load(self) -> None:
        primary, secrets = _read(self._path)
        self._ciphers = {version: AESGCM(secret) for version, secret in secrets.items()}
        self.primary_version = primary  # last, so that another thread always finds its cipher

    def __repr__(self) -> str:
        return f"FileKeyring(primary_version={self.primary_version})"


def _bound(version: int, context: str) -> bytes:
    return bind(b"root", number(version, _VERSION_BYTES), context.encode())


def _read(path: Path) -> tuple[int, dict[int, bytes]]:
    parsed = _parse(read_private(path))
    if parsed is None:  # raised out here: a parser's own error would carry the file's text along
        raise KeyringMalformed(f"{path} is not a keyring, or is damaged; restore it from its backup")
    return parsed


def _parse(text: bytes) -> tuple[int, dict[int, bytes]] | None:
    try:
        content = json.loads(text)
        secrets = {_version(name): _secret(entry) for name, entry in content["keys"].items()}
        primary = _version(str(content["primary"]))
        whole = content["format"] == FORMAT and primary in secrets
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return (primary, secrets) if whole else None


def _version(name: str) -> int:
    version = int(name)
    if not 1 <= version <= _LAST_VERSION:
        raise ValueError("no root version")
    return version


def _secret(entry: dict[str, Any]) -> bytes:
    secret = base64.b64decode(entry["secret"], validate=True)
    if len(secret) != KEY_BYTES or _check(secret) != entry["check"]:
        raise ValueError("damaged")
    return secret


def _check(secret: bytes) -> str:
    mac = HMAC(secret, SHA256())
    mac.update(b"registry-keyring-check")
    return mac.finalize()[:8].hex()


def _write(path: Path, secrets: dict[int, bytes], *, primary: int) -> None:
    keys = {
        str(version): {"secret": base64.b64encode(secret).decode(), "check": _check(secret)}
        for version, secret in sorted(secrets.items())
    }
    content = {"format": FORMAT, "primary": primary, "keys": keys}
    write_private(path, json.dumps(content, indent=1).encode() + b"\n")
