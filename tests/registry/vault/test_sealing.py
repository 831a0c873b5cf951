"""A seal opens in its own place, under its own key, whole; in every other case it is refused."""

import copy
import pickle
import traceback
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.vault import DataKey, Place, SealBroken, open_sealed, seal, seal_rows

KEY = DataKey(bytes(range(32)))
PLACE = Place("registry_record", UUID(int=1), UUID(int=2), "sealed")
PLAINTEXT = b"Li Xiaohong, 13800138000"

places = st.builds(Place, st.text(max_size=20), st.uuids(), st.uuids(), st.text(max_size=20))


def refused(key: DataKey, sealed: bytes, place: Place) -> SealBroken:
    with pytest.raises(SealBroken) as caught:
        open_sealed(key, sealed, place)
    return caught.value


@given(plaintext=st.binary(max_size=400), place=places)
def test_open_sealed_returns_what_was_sealed(plaintext: bytes, place: Place) -> None:
    assert open_sealed(KEY, seal(KEY, plaintext, place), place) == plaintext


def test_seal_rows_seals_each_row_to_its_own_place_under_its_own_key() -> None:
    rows = [(DataKey.generate(), b"%d" % at, UUID(int=at), UUID(int=at + 9)) for at in range(3)]
    sealed = seal_rows("registry_record", "sealed", rows)
    opened = [
        open_sealed(key, one, Place("registry_record", row, resident, "sealed"))
        for one, (key, _text, row, resident) in zip(sealed, rows, strict=True)
    ]
    assert opened == [b"0", b"1", b"2"]


def test_seal_rows_takes_a_new_nonce_for_each_row() -> None:
    rows = [(KEY, PLAINTEXT, PLACE.row, PLACE.resident)] * 50
    assert len({sealed[1:13] for sealed in seal_rows(PLACE.table, PLACE.field, rows)}) == 50


@given(plaintext=st.binary(max_size=60), data=st.data())
def test_open_sealed_refuses_any_single_flipped_bit(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plaintext, PLACE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    refused(KEY, bytes(sealed), PLACE)


@given(place=places, other=places)
def test_open_sealed_refuses_any_other_place(place: Place, other: Place) -> None:
    assume(place != other)
    refused(KEY, seal(KEY, PLAINTEXT, place), other)


@pytest.mark.parametrize(
    "changed",
    [{"table": "registry_identity"}, {"row": UUID(int=3)}, {"resident": UUID(int=3)}, {"field": "fields"}],
    ids=lambda changed: next(iter(changed)),
)
def test_open_sealed_refuses_a_change_of_one_part_of_the_place(changed: dict[str, str | UUID]) -> None:
    refused(KEY, seal(KEY, PLAINTEXT, PLACE), PLACE._replace(**changed))


def test_open_sealed_refuses_row_and_resident_exchanged() -> None:
    exchanged = PLACE._replace(row=PLACE.resident, resident=PLACE.row)
    refused(KEY, seal(KEY, PLAINTEXT, PLACE), exchanged)


def test_open_sealed_refuses_every_shorter_length() -> None:
    sealed = seal(KEY, PLAINTEXT, PLACE)
    for length in range(len(sealed)):
        refused(KEY, sealed[:length], PLACE)


@given(tail=st.binary(min_size=1, max_size=40))
def test_open_sealed_refuses_anything_appended(tail: bytes) -> None:
    refused(KEY, seal(KEY, PLAINTEXT, PLACE) + tail, PLACE)


@given(junk=st.binary(max_size=120))
def test_open_sealed_refuses_bytes_it_never_sealed(junk: bytes) -> None:
    refused(KEY, junk, PLACE)


def test_open_sealed_refuses_another_key() -> None:
    refused(DataKey.generate(), seal(KEY, PLAINTEXT, PLACE), PLACE)


@pytest.mark.parametrize("form", ["B", "c"])
def test_open_sealed_takes_the_views_a_database_returns(form: Literal["B", "c"]) -> None:
    assert open_sealed(KEY, memoryview(seal(KEY, PLAINTEXT, PLACE)).cast(form), PLACE) == PLAINTEXT


@given(one=places, other=places)
def test_place_binds_different_places_differently(one: Place, other: Place) -> None:
    assert (one.bound() == other.bound()) == (one == other)


def test_place_refuses_a_name_too_long_to_encode() -> None:
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        seal(KEY, b"", PLACE._replace(field="f" * 65_536))


def test_seal_never_repeats_a_nonce_for_equal_values() -> None:
    sealed = [seal(KEY, PLAINTEXT, PLACE) for _ in range(100)]
    assert len({one[1:13] for one in sealed}) == 100


def test_seal_is_29_bytes_longer_than_its_plaintext() -> None:
    assert len(seal(KEY, bytes(200), PLACE)) == 229


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_data_key_refuses_a_secret_of_another_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(bytes(length))


def test_data_key_shows_no_secret_when_printed() -> None:
    key = DataKey(b"a-secret-of-exactly-32-bytes-xyz")
    assert (repr(key), str(key), f"{[key]}") == ("DataKey(hidden)", "DataKey(hidden)", "[DataKey(hidden)]")


def test_data_key_refuses_to_be_pickled_or_copied() -> None:
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            take(KEY)


def test_seal_broken_says_nothing_of_key_or_plaintext() -> None:
    sealed = seal(KEY, PLAINTEXT, PLACE)
    error = refused(KEY, sealed[:-1] + bytes([sealed[-1] ^ 1]), PLACE)
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    hidden = (
        PLAINTEXT.decode(),
        repr(PLAINTEXT),
        KEY.secret.hex(),
        repr(KEY.secret),
        repr(sealed),
        sealed.hex(),
    )
    assert [secret for secret in hidden if secret in shown] == []
