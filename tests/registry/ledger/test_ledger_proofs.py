"""The public addresses: what they answer can be verified with the public key alone."""

from base64 import b64decode
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.ledger import append_many, sequence, tree
from registry.ledger.checkpoint import Checkpoint, open_note
from registry.models import LedgerCheckpoint, LedgerEntry
from tests.factories.ledger import AT, act, add_entries, grow

pytestmark = pytest.mark.django_db


def public_key(client: Client) -> bytes:
    """The key as an auditor takes it from /ledger/key."""
    return b64decode(client.get("/ledger/key").content.decode().strip().split("+", 2)[2])[1:]


def head(client: Client) -> Checkpoint:
    answer = client.get("/ledger/checkpoint")
    return open_note(answer.content.decode(), publics=[public_key(client)])


def hashes(encoded: list[str]) -> list[bytes]:
    return [b64decode(value) for value in encoded]


def require_proof(client: Client, entry: UUID) -> dict[str, Any]:
    """What an auditor does with a proof; returns it."""
    proof: dict[str, Any] = client.get(f"/ledger/proof/{entry}").json()
    signed = open_note(proof["checkpoint"], publics=[public_key(client)])
    assert signed.size == proof["tree_size"]
    body = LedgerEntry.objects.get(entry=entry).body
    tree.require_inclusion(
        leaf=tree.leaf_hash(body.encode()),
        index=proof["leaf_index"],
        size=proof["tree_size"],
        path=hashes(proof["inclusion_path"]),
        root=signed.root,
    )
    return proof


def test_checkpoint_is_the_newest_signed_note(client: Client) -> None:
    grow(2, 3)
    answer = client.get("/ledger/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-cache" in answer["Cache-Control"]
    assert head(client).size == 5


@pytest.mark.parametrize("place", [0, 255, 256, 300])
def test_proof_of_an_entry_verifies(client: Client, place: int) -> None:
    entries = grow(200, 101)
    proof = require_proof(client, entries[place])
    assert (proof["entry"], proof["leaf_index"], proof["tree_size"]) == (str(entries[place]), place, 301)


def test_proof_takes_a_few_queries_at_any_size(client: Client) -> None:
    counts = []
    for step in (1, 599):
        entry = grow(step)[0]
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/ledger/proof/{entry}")
        counts.append(len(queries))
    assert counts == [3, 3]


@pytest.mark.parametrize(("old", "new"), [(1, 301), (200, 301), (256, 300), (301, 301), (0, 7)])
def test_consistency_of_two_sizes_verifies(client: Client, old: int, new: int) -> None:
    grow(200, 101)
    proof = client.get("/ledger/consistency", {"from": old, "to": new}).json()
    tree.require_consistency(
        old=proof["tree_size_1"],
        new=proof["tree_size_2"],
        path=hashes(proof["consistency_path"]),
        old_root=b64decode(proof["root_hash_1"]),
        new_root=b64decode(proof["root_hash_2"]),
    )
    assert (proof["tree_size_1"], proof["tree_size_2"]) == (old, new)


def test_consistency_reaches_to_the_newest_head_by_default(client: Client) -> None:
    grow(2)
    before = head(client)
    grow(3)
    after = head(client)
    proof = client.get("/ledger/consistency", {"from": 2}).json()
    tree.require_consistency(
        old=2,
        new=5,
        path=hashes(proof["consistency_path"]),
        old_root=before.root,
        new_root=after.root,
    )


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/ledger/proof/x", 422, "invalid_request"),
        ("/ledger/proof/7b0c6a3e", 422, "invalid_request"),
        ("/ledger/proof/8562e100-40aa-4d94-833e-8ff7c4247140", 404, "ledger_proof_not_found"),
        ("/ledger/consistency", 422, "invalid_request"),
        ("/ledger/consistency?from=", 422, "invalid_request"),
        ("/ledger/consistency?from=x", 422, "invalid_request"),
        ("/ledger/consistency?from=-1", 422, "invalid_request"),
        ("/ledger/consistency?from=1&to=1e3", 422, "invalid_request"),
        ("/ledger/consistency?from=99999999999999999999999", 422, "invalid_request"),
        ("/ledger/consistency?from=٣", 422, "invalid_request"),
        ("/ledger/consistency?from=2&to=1", 404, "ledger_proof_not_found"),
        ("/ledger/consistency?from=1&to=4", 404, "ledger_proof_not_found"),
        ("/ledger/consistency?from=999999999999999999", 404, "ledger_proof_not_found"),
    ],
)
def test_bad_argument_is_a_problem(client: Client, address: str, status: int, code: str) -> None:
    grow(3)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "address",
    [
        "/ledger/checkpoint",
        "/ledger/proof/8562e100-40aa-4d94-833e-8ff7c4247140",
        "/ledger/consistency?from=0",
    ],
)
def test_ledger_without_a_head_is_a_problem(client: Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger_proof_not_found")


def test_proof_of_a_waiting_entry_is_a_problem(client: Client) -> None:
    grow(1)
    answer = client.get(f"/ledger/proof/{add_entries(1)[0]}")
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger_proof_not_found")


def test_problem_names_the_field(client: Client) -> None:
    errors = client.get("/ledger/consistency?from=x").json()["errors"]
    assert [error["field"] for error in errors] == ["from"]


def test_writing_is_refused(client: Client) -> None:
    assert client.post("/ledger/checkpoint").status_code == 405


def test_answers_tell_nothing_about_the_entry(client: Client) -> None:
    subject, organisation = uuid4(), uuid4()
    new = act(subject=subject, organisation=organisation, by=f"resident:{subject}")
    with transaction.atomic():
        (entry,) = append_many([new])
    sequence(at=AT)
    body = LedgerEntry.objects.get(entry=entry).body
    assert str(subject) in body
    told = client.get(f"/ledger/proof/{entry}").content.decode()
    for secret in (subject, organisation, subject.hex, "report_read", "credit_application"):
        assert str(secret) not in told


def test_checkpoint_columns_come_from_the_note(client: Client) -> None:
    grow(4)
    row = LedgerCheckpoint.objects.get()
    assert (row.size, bytes(row.root)) == (4, head(client).root)
