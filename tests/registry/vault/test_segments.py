"""Sealed files give back exactly what was written, or are refused; in memory that does not grow."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import shake_256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.vault import SEGMENT_BYTES, DataKey, SealBroken, SegmentReader, SegmentWriter

KEY = DataKey(bytes(range(32)))
FILE = UUID(int=5)
HEADER = 17
SEALED_SEGMENT = SEGMENT_BYTES + 16


def sealed_file(plaintext: bytes, key: DataKey = KEY, file: UUID = FILE) -> bytes:
    out = io.BytesIO()
    with SegmentWriter(out, key, file=file) as writer:
        writer.write(plaintext)
    return out.getvalue()


def read(sealed: bytes, key: DataKey = KEY, file: UUID = FILE) -> bytes:
    return io.BufferedReader(SegmentReader(io.BytesIO(sealed), key, file=file)).read()


def segments_of(sealed: bytes) -> list[bytes]:
    body = sealed[HEADER:]
    return [body[start : start + SEALED_SEGMENT] for start in range(0, len(body), SEALED_SEGMENT)]


THREE = shake_256(b"content").digest(2 * SEGMENT_BYTES + 1000)
SEALED = sealed_file(THREE)


@settings(max_examples=20, deadline=None)
@given(
    size=st.sampled_from([0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES]),
    pieces=st.lists(st.integers(1, SEGMENT_BYTES + 5), max_size=4),
)
def test_reader_returns_what_was_written_in_any_pieces(size: int, pieces: list[int]) -> None:
    plaintext, out = THREE[:size], io.BytesIO()
    with SegmentWriter(out, KEY, file=FILE) as writer:
        start = 0
        for piece in [*pieces, size]:
            writer.write(plaintext[start : start + piece])
            start += piece
    assert read(out.getvalue()) == plaintext


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_reader_refuses_any_single_flipped_bit(data: st.DataObject) -> None:
    damaged = bytearray(SEALED)
    bit = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        read(bytes(damaged))


def test_reader_refuses_a_short_file_at_every_shorter_length() -> None:
    sealed = sealed_file(b"one line\n")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            SegmentReader(io.BytesIO(sealed[:length]), KEY, file=FILE)


@pytest.mark.parametrize("segments", [0, 1, 2])
def test_reader_refuses_a_file_cut_at_a_segments_end_before_giving_anything(segments: int) -> None:
    with pytest.raises(SealBroken):
        SegmentReader(io.BytesIO(SEALED[: HEADER + segments * SEALED_SEGMENT]), KEY, file=FILE)


@settings(max_examples=30, deadline=None)
@given(length=st.integers(0, len(SEALED) - 1))
def test_reader_refuses_a_long_file_cut_anywhere_before_giving_anything(length: int) -> None:
    with pytest.raises(SealBroken):
        SegmentReader(io.BytesIO(SEALED[:length]), KEY, file=FILE)


@pytest.mark.parametrize(
    "tail",
    [b"\0", bytes(16), bytes(SEALED_SEGMENT), SEALED[HEADER : HEADER + SEALED_SEGMENT], SEALED],
    ids=["a byte", "a tag", "a segment", "its own first segment", "itself"],
)
def test_reader_refuses_anything_appended_before_giving_anything(tail: bytes) -> None:
    with pytest.raises(SealBroken):
        SegmentReader(io.BytesIO(SEALED + tail), KEY, file=FILE)


REARRANGED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "two exchanged": lambda s: [s[1], s[0], s[2]],
    "one left out": lambda s: [s[0], s[2]],
    "one repeated": lambda s: [s[0], s[0], s[1], s[2]],
    "one replaced by another": lambda s: [s[0], s[0], s[2]],
}


@pytest.mark.parametrize("rearrange", REARRANGED.values(), ids=REARRANGED)
def test_reader_refuses_rearranged_segments(rearrange: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(SealBroken):
        read(SEALED[:HEADER] + b"".join(rearrange(segments_of(SEALED))))


def test_reader_refuses_a_segment_of_another_writing_under_the_same_key() -> None:
    mine, other = segments_of(SEALED), segments_of(sealed_file(THREE))
    with pytest.raises(SealBroken):
        read(SEALED[:HEADER] + mine[0] + other[1] + mine[2])


def test_reader_refuses_another_files_id() -> None:
    with pytest.raises(SealBroken):
        read(SEALED, file=UUID(int=6))


def test_reader_refuses_another_key() -> None:
    with pytest.raises(SealBroken):
        read(SEALED, key=DataKey.generate())


def test_reader_refuses_a_file_whose_writer_failed() -> None:
    out = io.BytesIO()
    with suppress(ZeroDivisionError), SegmentWriter(out, KEY, file=FILE) as writer:
        writer.write(THREE)
        writer.write(bytes(1 // 0))
    with pytest.raises(SealBroken):
        read(out.getvalue())


def test_writer_refuses_to_go_on_after_its_end() -> None:
    writer = SegmentWriter(io.BytesIO(), KEY, file=FILE)
    writer.close()
    with pytest.raises(ValueError, match="complete"):
        writer.write(b"more")


def test_writer_leaves_nothing_readable() -> None:
    assert b"13800138000" not in sealed_file(b"Li Xiaohong,13800138000\n" * 1000)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(THREE) + 10), st.integers(0, 3000)), min_size=1, max_size=6))
def test_reader_reads_at_any_position_what_a_plain_file_would(steps: list[tuple[int, int]]) -> None:
    sealed, plain = SegmentReader(io.BytesIO(SEALED), KEY, file=FILE), io.BytesIO(THREE)
    buffered = io.BufferedReader(sealed)
    for position, size in steps:
        assert (buffered.seek(position), buffered.read(size)) == (plain.seek(position), plain.read(size))


def test_reader_serves_a_zip_archive_in_place() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("sheet.xml", THREE)
    reader = SegmentReader(io.BytesIO(sealed_file(archive.getvalue())), KEY, file=FILE)
    with zipfile.ZipFile(io.BufferedReader(reader)) as reading:
        assert reading.read("sheet.xml") == THREE


def test_reader_serves_text_line_by_line() -> None:
    reader = SegmentReader(io.BytesIO(sealed_file("姓名,月\n王小明,2026-01\n".encode())), KEY, file=FILE)
    lines = csv.reader(io.TextIOWrapper(io.BufferedReader(reader), "utf-8"))
    assert list(lines) == [["姓名", "月"], ["王小明", "2026-01"]]


def test_reader_and_writer_hold_a_few_segments_however_long_the_file(tmp_path: Path) -> None:
    path, piece = tmp_path / "staged", bytes(100_000)
    tracemalloc.start()
    with path.open("wb") as out, SegmentWriter(out, KEY, file=FILE) as writer:
        for _ in range(240):
            writer.write(piece)
    with path.open("rb") as source:
        buffered = io.BufferedReader(SegmentReader(source, KEY, file=FILE))
        size = sum(len(block) for block in iter(lambda: buffered.read(100_000), b""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (size, peak < 8 * SEGMENT_BYTES) == (24_000_000, True)
