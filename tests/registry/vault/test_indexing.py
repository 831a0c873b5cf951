"""Blind indexes find equals of one kind and version, and tell nothing across kinds or versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.vault import BlindIndexer

SECRET = bytes(range(32))
INDEXER = BlindIndexer(SECRET, 1)

values = st.text(st.characters(), max_size=40)  # any character, lone surrogates among them


@given(value=values)
def test_digest_is_the_same_for_the_same_value(value: str) -> None:
    assert INDEXER.digest("name", value) == BlindIndexer(SECRET, 1).digest("name", value)


@given(one=values, other=values)
def test_digest_differs_where_values_differ(one: str, other: str) -> None:
    assert (INDEXER.digest("name", one) == INDEXER.digest("name", other)) == (one == other)


@given(value=values)
def test_digest_differs_between_kinds(value: str) -> None:
    assert INDEXER.digest("mobile", value) != INDEXER.digest("id_number", value)


def test_digest_differs_between_versions_of_one_secret() -> None:
    assert INDEXER.digest("mobile", "13800138000") != BlindIndexer(SECRET, 2).digest("mobile", "13800138000")


def test_digest_is_16_bytes_long() -> None:
    assert len(INDEXER.digest("mobile", "13800138000")) == 16


def test_blind_indexer_refuses_a_short_secret() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        BlindIndexer(b"short", 1)


def test_blind_indexer_shows_no_secret_when_printed() -> None:
    assert repr(INDEXER) == "BlindIndexer(version=1)"
