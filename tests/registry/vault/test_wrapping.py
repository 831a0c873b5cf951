"""A wrapped key unwraps for its own resident under its own shard key, and nowhere else."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.vault import (
    DataKey,
    SealBroken,
    Shard,
    new_secret,
    rewrap_key,
    unwrap_file_key,
    unwrap_key,
    wrap_file_key,
    wrap_key,
)

SECRET = bytes(range(32))
SHARD = Shard(number=7, version=1, secret=SECRET)
RESIDENT = UUID(int=7 << 120)
FILE = UUID(int=9)


@given(secret=st.binary(min_size=32, max_size=32), resident=st.uuids())
def test_unwrap_key_returns_the_wrapped_key(secret: bytes, resident: UUID) -> None:
    wrapped = wrap_key(SHARD, DataKey(secret), resident=resident)
    assert unwrap_key(SHARD, wrapped, resident=resident).secret == secret


@given(data=st.data())
def test_unwrap_key_refuses_any_single_flipped_bit(data: st.DataObject) -> None:
    wrapped = bytearray(wrap_key(SHARD, DataKey.generate(), resident=RESIDENT))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        unwrap_key(SHARD, bytes(wrapped), resident=RESIDENT)


def test_unwrap_key_refuses_every_shorter_length() -> None:
    wrapped = wrap_key(SHARD, DataKey.generate(), resident=RESIDENT)
    for length in range(len(wrapped)):
        with pytest.raises(SealBroken):
            unwrap_key(SHARD, wrapped[:length], resident=RESIDENT)


def test_unwrap_key_refuses_another_resident() -> None:
    wrapped = wrap_key(SHARD, DataKey.generate(), resident=RESIDENT)
    with pytest.raises(SealBroken):
        unwrap_key(SHARD, wrapped, resident=UUID(int=RESIDENT.int + 1))


@pytest.mark.parametrize(
    "other",
    [
        Shard(number=8, version=1, secret=SECRET),
        Shard(number=7, version=2, secret=SECRET),
        Shard(number=7, version=1, secret=new_secret()),
    ],
    ids=["number", "version", "secret"],
)
def test_unwrap_key_refuses_another_shard(other: Shard) -> None:
    wrapped = wrap_key(SHARD, DataKey.generate(), resident=RESIDENT)
    with pytest.raises(SealBroken):
        unwrap_key(other, wrapped, resident=RESIDENT)


def test_rewrap_key_keeps_the_key_under_the_new_shard() -> None:
    key, newer = DataKey.generate(), Shard(number=7, version=2, secret=new_secret())
    wrapped = rewrap_key(SHARD, newer, wrap_key(SHARD, key, resident=RESIDENT), resident=RESIDENT)
    assert unwrap_key(newer, wrapped, resident=RESIDENT).secret == key.secret


def test_rewrap_key_refuses_a_key_of_another_resident() -> None:
    wrapped = wrap_key(SHARD, DataKey.generate(), resident=UUID(int=1))
    with pytest.raises(SealBroken):
        rewrap_key(SHARD, Shard(number=7, version=2, secret=new_secret()), wrapped, resident=RESIDENT)


def test_unwrap_file_key_returns_the_wrapped_key() -> None:
    staging, key = DataKey.generate(), DataKey.generate()
    assert unwrap_file_key(staging, wrap_file_key(staging, key, file=FILE), file=FILE).secret == key.secret


def test_unwrap_file_key_refuses_another_file() -> None:
    staging = DataKey.generate()
    with pytest.raises(SealBroken):
        unwrap_file_key(staging, wrap_file_key(staging, DataKey.generate(), file=FILE), file=UUID(int=10))


def test_unwrap_file_key_refuses_a_residents_key_under_the_same_secret() -> None:
    wrapped = wrap_key(SHARD, DataKey.generate(), resident=FILE)
    with pytest.raises(SealBroken):
        unwrap_file_key(DataKey(SECRET), wrapped, file=FILE)


def test_shard_shows_no_secret_when_printed() -> None:
    assert repr(SHARD) == "Shard(number=7, version=1)"
