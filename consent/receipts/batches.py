"""Receipts of many consents that were attested at once, under one signature.

Each receipt's canonical content is a leaf of a Merkle tree (RFC 9162, 2.1). The root is signed once; a
receipt that is asked for is its content, the path from its leaf to the root, and the signed root. Contents
are made from the consents' own columns, so that they need not be kept and can be made again to the letter.
docs/consent.md lays the document down, with a test vector.
"""

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from consent.models import Consent, ConsentBatch
from consent.receipts.members import SCHEMA, Change, canonical, claims, moment
from consent.receipts.signing import ReceiptBroken, opened, sign
from registry.ledger import tree
from registry.ledger.errors import ProofBroken

TYPE = "consent-receipt+batch"
ROOT_TYPE = "consent-batch+jws"
_COUNTED = (1 << 32) - 1
_REFERENCE = '"reference_digest":"%s",'


class Own(NamedTuple):
    """What one receipt of a batch has to itself, as text, in the order of the canonical form.

    `reference` is empty where the furnisher gave none. Times are as `moment` writes them, ids bare UUIDs.
    """

    subject: str
    document: str
    reference: str
    signed_on: str
    text: str
    receipt: str
    record: str
    start: str
    end: str


class Batch(NamedTuple):
    """A batch that is signed: its tree's root, leaf hashes (one after the other) and signed root."""

    id: UUID
    root: bytes
    leaves: bytes
    signed_root: str


def batch_id(fresh: UUID) -> UUID:
    """A fresh id as that of a batch: its last 32 bits are zero, they count the receipts."""
    return UUID(int=fresh.int & ~_COUNTED)


def receipt_id(batch: UUID, leaf: int) -> UUID:
    """The id of a batch's receipt: the batch's own id and the place of its leaf, counted from 1."""
    return UUID(int=batch.int + leaf + 1)


def receipt_ids(batch: UUID, count: int) -> list[str]:
    """The ids of all receipts of a batch as text, in order."""
    head = str(batch)[:28]
    return [f"{head}{leaf:08x}" for leaf in range(1, count + 1)]


def contents(
    owns: Sequence[Own], kinds: Sequence[Hashable], members: Callable[[int], Mapping[str, Any]]
) -> list[bytes]:
    """The canonical content of each receipt, in order.

    Receipts of one kind differ in nothing but what is their own; `members` gives the claims of the receipt at
    a place, and is asked once for each kind.
    """
    patterns: dict[Hashable, str] = {}
    made = []
    for place, (own, kind) in enumerate(zip(owns, kinds, strict=True)):
        pattern = patterns.get(kind)
        if pattern is None:
            pattern = patterns[kind] = _pattern(members(place))
        made.append((pattern % own).encode())
    return made


def content_of(consent: Consent, batch: ConsentBatch, leaf: int) -> bytes:
    """The canonical content of one consent's receipt, made again from its row, text and batch."""
    return canonical(members_of(consent, batch) | {"receipt_id": f"urn:uuid:{receipt_id(batch.id, leaf)}"})


def members_of(consent: Consent, batch: ConsentBatch) -> dict[str, Any]:
    """The claims of a consent's grant in a batch; the receipt's id among them is not the right one."""
    change = Change(consent, "granted", batch.at, batch.by, consent.how, consent.place)
    shared: dict[str, Any] = json.loads(batch.shared)
    return claims(batch.id, change) | shared


def fragment(reference: bytes | None) -> str:
    """A reference's digest as `Own.reference` takes it."""
    return _REFERENCE % reference.hex() if reference else ""


def leaf_hashes(made: Iterable[bytes]) -> list[bytes]:
    """The leaves of the tree over these contents."""
    return [tree.leaf_hash(content) for content in made]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    return tree.root(size=len(leaves), node=tree.complete_nodes(leaves))


def signed_batch(batch: UUID, leaves: Sequence[bytes], at: datetime) -> Batch:
    """Sign the root over these leaf hashes by the newest key."""
    root = root_of(leaves)
    statement = {
        "at": moment(at),
        "batch_id": f"urn:uuid:{batch}",
        "issuer": settings.BASE_URL,
        "root_hash": b64encode(root).decode(),
        "schema_version": SCHEMA,
        "tree_size": len(leaves),
    }
    return Batch(batch, root, b"".join(leaves), sign(canonical(statement), ROOT_TYPE))


def document(*, content: bytes, leaf: int, leaves: bytes, signed_root: str, entry: UUID) -> str:
    """The receipt of one consent of a batch, as its holder gets it."""
    size = tree.HASH_BYTES
    hashes = [leaves[place : place + size] for place in range(0, len(leaves), size)]
    path = tree.inclusion(index=leaf, size=len(hashes), node=tree.complete_nodes(hashes))
    members = {
        "content": urlsafe_b64encode(content).rstrip(b"=").decode(),
        "inclusion_path": [b64encode(each).decode() for each in path],
        "leaf_index": leaf,
        "ledger_entry": str(entry),
        "signed_root": signed_root,
        "type": TYPE,
    }
    return json.dumps(members, indent=1)


def verified(text: str, *, key_set: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The members of a batch's receipt, once path and signature hold. Raises ReceiptBroken."""
    try:
        given = json.loads(text)
        if given["type"] != TYPE:
            raise ReceiptBroken
        statement = opened(given["signed_root"], ROOT_TYPE, key_set=key_set)
        content = urlsafe_b64decode(given["content"] + "=" * (-len(given["content"]) % 4))
        tree.require_inclusion(
            leaf=tree.leaf_hash(content),
            index=_whole(given["leaf_index"]),
            size=_whole(statement["tree_size"]),
            path=[b64decode(each, validate=True) for each in given["inclusion_path"]],
            root=b64decode(statement["root_hash"], validate=True),
        )
        members: dict[str, Any] = json.loads(content)
        batch = UUID(statement["batch_id"])
        expected = f"urn:uuid:{receipt_id(batch, given['leaf_index'])}"
    except (ValueError, TypeError, KeyError, AttributeError, ProofBroken) as error:
        raise ReceiptBroken from error
    if members.get("receipt_id") != expected:
        raise ReceiptBroken
    return members


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value


def _pattern(members: Mapping[str, Any]) -> str:
    """The canonical form of these members with a hole for each part of `Own`."""
    hole = token_hex(16)  # stands in no name of an organisation
    urn = f"urn:uuid:{hole}"
    own = {"dpv:hasDataSubject": urn, "receipt_id": urn, "record_id": urn}
    evidence = {"document_sha256": hole, "reference_digest": hole, "signed_on": hole}
    holed = {
        **members,
        **own,
        "evidence": members["evidence"] | evidence,
        "notice": members["notice"] | {"sha256": hole},
        "validity": members["validity"] | {"from": hole, "until": hole},
    }
    text = canonical(holed).decode().replace("%", "%%").replace(hole, "%s")
    return text.replace(_REFERENCE, "%s")
