"""The layout of docs/sealing.md, held against vectors that were made without this code."""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from registry.vault import (
    BlindIndexer,
    DataKey,
    Place,
    SegmentReader,
    SegmentWriter,
    Shard,
    SigningKey,
    es256_jwk,
    open_keyring,
    open_sealed,
    seal,
    unwrap_file_key,
    unwrap_key,
    wrap_file_key,
    wrap_key,
)
from tests.registry.vault.keyrings import write_keyring

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "sealing.json").read_text("utf-8")
)
SEALS = VECTORS["seal"]
DIGESTS = VECTORS["blind_index"]
FILES = VECTORS["file"]["cases"]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def fix_random(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The operating system's next random bytes, so that a nonce is the vector's."""
    monkeypatch.setattr(os, "urandom", lambda size: raw(value)[:size])


def place_of(vector: dict[str, str]) -> Place:
    return Place(vector["table"], UUID(vector["row"]), UUID(vector["resident"]), vector["field"])


def plaintext_of(case: dict[str, Any]) -> bytes:
    return b"".join(raw(run["bytes"]) * run["times"] for run in case["plaintext"])


@pytest.mark.parametrize("vector", SEALS)
def test_place_binds_the_documented_bytes(vector: dict[str, str]) -> None:
    assert place_of(vector).bound().hex() == vector["bound"]


@pytest.mark.parametrize("vector", SEALS)
def test_seal_gives_the_documented_bytes(vector: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    fix_random(monkeypatch, vector["nonce"])
    assert (
        seal(DataKey(raw(vector["key"])), raw(vector["plaintext"]), place_of(vector)).hex()
        == vector["sealed"]
    )


@pytest.mark.parametrize("vector", SEALS)
def test_open_sealed_reads_the_documented_bytes(vector: dict[str, str]) -> None:
    opened = open_sealed(DataKey(raw(vector["key"])), raw(vector["sealed"]), place_of(vector))
    assert opened.hex() == vector["plaintext"]


def test_wrap_key_gives_the_documented_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS["resident_key"]
    fix_random(monkeypatch, vector["nonce"])
    shard = Shard(number=vector["shard"], version=vector["shard_version"], secret=raw(vector["shard_key"]))
    wrapped = wrap_key(shard, DataKey(raw(vector["data_key"])), resident=UUID(vector["resident"]))
    assert wrapped.hex() == vector["wrapped"]


def test_unwrap_key_reads_the_documented_bytes() -> None:
    vector = VECTORS["resident_key"]
    shard = Shard(number=vector["shard"], version=vector["shard_version"], secret=raw(vector["shard_key"]))
    key = unwrap_key(shard, raw(vector["wrapped"]), resident=UUID(vector["resident"]))
    assert key.secret.hex() == vector["data_key"]


def test_wrap_file_key_gives_the_documented_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS["file_key"]
    fix_random(monkeypatch, vector["nonce"])
    staging, key = DataKey(raw(vector["staging_key"])), DataKey(raw(vector["file_key"]))
    assert wrap_file_key(staging, key, file=UUID(vector["file"])).hex() == vector["wrapped"]


def test_unwrap_file_key_reads_the_documented_bytes() -> None:
    vector = VECTORS["file_key"]
    key = unwrap_file_key(
        DataKey(raw(vector["staging_key"])), raw(vector["wrapped"]), file=UUID(vector["file"])
    )
    assert key.secret.hex() == vector["file_key"]


def test_keyring_file_wraps_to_the_documented_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS["root"]
    path = write_keyring(tmp_path, {vector["root_version"]: (vector["root_key"], vector["check"])})
    keyring = open_keyring(f"file:{path}", create=False)
    fix_random(monkeypatch, vector["nonce"])
    assert keyring.wrap(raw(vector["secret"]), context=vector["context"]).hex() == vector["wrapped"]


def test_keyring_file_unwraps_the_documented_bytes(tmp_path: Path) -> None:
    vector = VECTORS["root"]
    path = write_keyring(tmp_path, {vector["root_version"]: (vector["root_key"], vector["check"])})
    keyring = open_keyring(f"file:{path}", create=False)
    assert keyring.unwrap(raw(vector["wrapped"]), context=vector["context"]).hex() == vector["secret"]


@pytest.mark.parametrize("vector", DIGESTS)
def test_digest_gives_the_documented_bytes(vector: dict[str, Any]) -> None:
    indexer = BlindIndexer(raw(vector["secret"]), vector["version"])
    assert indexer.digest(vector["kind"], vector["value"]).hex() == vector["digest"]


def test_signing_key_gives_the_documented_bytes() -> None:
    vector = VECTORS["ed25519"]
    key = SigningKey(raw(vector["seed"]))
    assert (key.public.hex(), key.sign(raw(vector["message"])).hex()) == (
        vector["public"],
        vector["signature"],
    )


def test_es256_jwk_gives_the_documented_members() -> None:
    vector = VECTORS["es256"]
    assert es256_jwk(raw(vector["scalar"])) == vector["jwk"]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["name"])
def test_segment_writer_gives_the_documented_bytes(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_random(monkeypatch, VECTORS["file"]["salt"])
    out = io.BytesIO()
    with SegmentWriter(
        out, DataKey(raw(VECTORS["file"]["file_key"])), file=UUID(VECTORS["file"]["file"])
    ) as writer:
        writer.write(plaintext_of(case))
    sealed = out.getvalue()
    assert (len(sealed), hashlib.sha256(sealed).hexdigest()) == (case["sealed_bytes"], case["sealed_sha256"])


@pytest.mark.parametrize("case", [case for case in FILES if "sealed" in case], ids=lambda case: case["name"])
def test_segment_reader_reads_the_documented_bytes(case: dict[str, Any]) -> None:
    key = DataKey(raw(VECTORS["file"]["file_key"]))
    reader = SegmentReader(io.BytesIO(raw(case["sealed"])), key, file=UUID(VECTORS["file"]["file"]))
    assert reader.read() == plaintext_of(case)
