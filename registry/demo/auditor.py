"""An outsider with the ledger's public key: fetches signed head and proof over HTTP and checks them alone."""

import time
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from registry.demo.telling import StepFailed, require
from registry.ledger.checkpoint import Checkpoint, open_note
from registry.ledger.tree import require_inclusion

_PATIENCE = 60.0


@dataclass(frozen=True)
class Proven:
    """An entry that was shown to be in the tree of `head`."""

    index: int
    steps: int
    head: Checkpoint


def check_inclusion(base: str, entry: UUID) -> Proven:
    """Wait until the entry is sequenced, then check its proof against the signed head.

    Raises StepFailed where it never is, ProofBroken or NoteBroken where the proof or signature does not hold.
    """
    with httpx.Client(base_url=base, timeout=30) as http:
        publics = [_public(line) for line in http.get("/ledger/key").text.splitlines()]
        proof = _wait_for_proof(http, entry)
    head = open_note(proof["checkpoint"], publics=publics)
    path = [b64decode(step) for step in proof["inclusion_path"]]
    leaf, index = b64decode(proof["leaf_hash"]), int(proof["leaf_index"])
    require("the size of the tree in the proof", proof["tree_size"], head.size)
    require_inclusion(leaf=leaf, index=index, size=head.size, path=path, root=head.root)
    return Proven(index, len(path), head)


def _public(line: str) -> bytes:
    """The key in `<origin>+<key id>+<base64 of type and key>`."""
    return b64decode(line.split("+", 2)[2])[1:]


def _wait_for_proof(http: httpx.Client, entry: UUID) -> dict[str, Any]:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        answer = http.get(f"/ledger/proof/{entry}")
        if answer.status_code == 200:
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(0.5)
    raise StepFailed(f"the ledger entry was not in the tree within {_PATIENCE:.0f} s")
