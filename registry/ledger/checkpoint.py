"""Signed tree heads: C2SP tlog-checkpoint v1 inside a C2SP signed note v1, with Ed25519 (type 0x01).

The name of the signing key is the checkpoint's origin, as the standard advises. A verifier is configured
with the key in the usual text form, `<origin>+<key id>+<base64 of 0x01 and key>` (`verifier_key`).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from registry.ledger.errors import NoteBroken
from registry.vault import SignatureBroken, SigningKey, verify

_ED25519 = b"\x01"
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LIMIT = 100
_NOTE_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the tree named `origin`: its number of leaves and its 32-byte root hash."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(origin: str, public: bytes) -> str:
    """The public key in the text form that note verifiers are configured with."""
    return f"{origin}+{key_id(origin, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a signed note."""
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, key.public) + key.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {b64encode(signature).decode()}\n"


def open_note(note: str, *, publics: Iterable[bytes]) -> Checkpoint:
    """The checkpoint in a note that one of the trusted public keys signed.

    Raises NoteBroken for a malformed note, a false signature under a trusted key's id, or no trusted key.
    Signatures of others (witnesses) are passed over, as the standard asks.
    """
    text, signatures = _take_apart(note)
    checkpoint = _parse(text)
    trusted = {key_id(checkpoint.origin, public): public for public in publics}
    signed = False
    for name, signature in signatures:
        public = trusted.get(signature[:4])
        if name == checkpoint.origin and public is not None:
            _require_signature(public, text, signature[4:])
            signed = True
    if not signed:
        raise NoteBroken("no trusted key has signed this checkpoint")
    return checkpoint


def _take_apart(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _NOTE_LIMIT or _CONTROL.search(note):
        raise NoteBroken("a note is text of lines")
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines.pop() != "" or len(lines) > _SIGNATURE_LIMIT:
        raise NoteBroken("a note ends in a blank line and signature lines")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    found = _SIGNATURE.fullmatch(line)
    if not found:
        raise NoteBroken("a signature line is malformed")
    return found[1], _decode(found[2])


def _parse(text: str) -> Checkpoint:
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise NoteBroken("a checkpoint has an origin, a size and a root")
    root = _decode(lines[2])
    if len(root) != sha256().digest_size:
        raise NoteBroken("a root hash has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def _decode(encoded: str) -> bytes:
    try:
        data = b64decode(encoded, validate=True)
    except ValueError:
        raise NoteBroken("this is no base64") from None
    if b64encode(data).decode() != encoded:
        raise NoteBroken("this base64 has stray bits")
    return data


def _require_signature(public: bytes, text: str, signature: bytes) -> None:
    try:
        verify(public, text.encode(), signature)
    except SignatureBroken:
        raise NoteBroken("the signature does not hold") from None
