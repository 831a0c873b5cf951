"""Checkpoints as signed notes, against the Go project's published note and each rule of the C2SP pages."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.ledger.checkpoint import Checkpoint, key_id, open_note, sign, verifier_key
from registry.ledger.errors import NoteBroken
from registry.vault import SigningKey, verify

# From the documentation of golang.org/x/mod/sumdb/note.
GO_NAME = "PeterNeumann"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(b"o" * 32)
HEAD = Checkpoint("ledger.example/log", 20852163, bytes(range(32)))
NOTE = sign(HEAD, KEY)


def test_published_note_has_our_key_id_and_verifies() -> None:
    public = b64decode(GO_KEY.split("+", 2)[2])[1:]
    signature = b64decode(GO_SIGNATURE)
    assert verifier_key(GO_NAME, public) == GO_KEY
    assert signature[:4] == key_id(GO_NAME, public)
    verify(public, GO_TEXT.encode(), signature[4:])


def test_note_has_the_form_of_the_standard() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == ["ledger.example/log", "20852163", b64encode(HEAD.root).decode(), ""]
    assert lines[4].startswith("— ledger.example/log ")
    assert lines[5:] == [""]


def test_note_opens_to_what_was_signed() -> None:
    assert open_note(NOTE, publics=[OTHER.public, KEY.public]) == HEAD


def test_note_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(NoteBroken, match="no trusted key"):
        open_note(NOTE, publics=[OTHER.public])


def test_note_with_changed_text_is_refused() -> None:
    with pytest.raises(NoteBroken, match="does not hold"):
        open_note(NOTE.replace("20852163", "20852164"), publics=[KEY.public])


def test_note_signed_under_another_name_is_refused() -> None:
    with pytest.raises(NoteBroken, match="no trusted key"):
        open_note(NOTE.replace("— ledger.example/log", "— other.example/log"), publics=[KEY.public])


def test_witness_signatures_are_passed_over() -> None:
    witness = b64encode(bytes(68)).decode()
    note = f"{NOTE}— witness.example/w {witness}\n"
    assert open_note(note, publics=[KEY.public]) == HEAD


def test_false_signature_beside_a_true_one_is_refused() -> None:
    false = b64encode(key_id(HEAD.origin, KEY.public) + bytes(64)).decode()
    with pytest.raises(NoteBroken, match="does not hold"):
        open_note(f"{NOTE}— {HEAD.origin} {false}\n", publics=[KEY.public])


def test_extension_lines_are_signed_and_passed_over() -> None:
    text = f"{HEAD.text()}more\n"
    signature = b64encode(key_id(HEAD.origin, KEY.public) + KEY.sign(text.encode())).decode()
    assert open_note(f"{text}\n— {HEAD.origin} {signature}\n", publics=[KEY.public]) == HEAD


@pytest.mark.parametrize(
    ("size", "root"),
    [("01", bytes(32)), ("-1", bytes(32)), ("x", bytes(32)), ("", bytes(32)), ("1", bytes(31))],
)
def test_malformed_checkpoint_is_refused_though_signed(size: str, root: bytes) -> None:
    text = f"ledger.example/log\n{size}\n{b64encode(root).decode()}\n"
    signature = b64encode(key_id("ledger.example/log", KEY.public) + KEY.sign(text.encode())).decode()
    with pytest.raises(NoteBroken):
        open_note(f"{text}\n— ledger.example/log {signature}\n", publics=[KEY.public])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("log\n2", "log\r\n2"),
        NOTE.replace("\n\n", "\n\n\x00"),
        NOTE + NOTE.split("\n\n")[1] * 100,
    ],
)
def test_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteBroken):
        open_note(note, publics=[KEY.public])


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    data = bytearray(NOTE.encode())
    data[bit // 8] ^= 1 << bit % 8
    altered = data.decode(errors="replace")
    with pytest.raises(NoteBroken):
        open_note(altered, publics=[KEY.public])


@given(st.text(max_size=200))
def test_arbitrary_text_is_refused_without_surprise(text: str) -> None:
    with pytest.raises(NoteBroken):
        open_note(text, publics=[KEY.public])
