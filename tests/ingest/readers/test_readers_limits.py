"""Limits hold while a file is read: size, time, lines; and memory stays the same however long it is."""

import io
import resource
from collections.abc import Iterator

import pytest

from ingest.errors import CellTooLong, NulBytes, TooLarge, TooManyColumns, TooSlow
from ingest.readers import Limits, read
from ingest.readers.limits import within
from tests.ingest.readers.sheets import ods, ods_table
from tests.ingest.readers.workbooks import raw_workbook

LINE = "张伟,11010519491231002X,2026-03,8650.00\n".encode()
LONG = LINE.replace("张伟".encode(), "张伟".encode() * 60)
MEGABYTE = 1024**2


class Endless(io.RawIOBase):
    """A table that goes on for so many bytes, made as it is read."""

    def __init__(self, size: int, line: bytes = LINE) -> None:
        super().__init__()
        self.block, self.left = line * (1 + 40_000 // len(line)), size
        self.waiting = "姓名,身份证号,月份,应发工资\n".encode()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self.waiting) < size and self.left > 0:
            self.waiting += self.block
            self.left -= len(self.block)
        given, self.waiting = self.waiting[:size], self.waiting[size:]
        return given


def walked(stream: io.IOBase, **limits: int | float) -> int:
    return sum(1 for _ in read(stream, limits=Limits(**limits)).rows)


def grown(large: io.IOBase, small: io.IOBase) -> int:
    """How many more KiB this process holds at most once it has read the large file after the small one."""
    walked(small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    walked(large)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_memory_does_not_grow_with_the_file():
    # The very path of a file of 2 GiB, which takes half a minute: that was read in 63 MB, as is one of 2 MiB.
    assert grown(Endless(32 * MEGABYTE, LONG), Endless(2 * MEGABYTE, LONG)) < 8 * 1024


def test_memory_does_not_grow_with_a_workbook():
    row = "".join(f'<c t="str"><v>{name}</v></c>' for name in ("some text", "some other text"))
    small, large = (io.BytesIO(raw_workbook(f"<row>{row}</row>" * rows)) for rows in (2_000, 80_000))
    assert grown(large, small) < 8 * 1024


def test_file_beyond_its_bytes_is_refused_while_it_arrives():
    stream = Endless(100 * MEGABYTE)
    with pytest.raises(TooLarge):
        walked(stream, bytes=MEGABYTE)
    assert stream.left > 98 * MEGABYTE


def test_reading_that_takes_too_long_ends():
    with pytest.raises(TooSlow) as caught:
        walked(Endless(20 * MEGABYTE), seconds=0.01)
    assert caught.value.context == {"limit": 0.01}


@pytest.mark.parametrize("data", [ods(ods_table([["a", "b"], *[[1, 2]] * 5_000])), raw_workbook(
    "<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row>" * 20_000)])  # fmt: skip
def test_workbook_that_takes_too_long_ends(data):
    with pytest.raises(TooSlow):
        walked(io.BytesIO(data), seconds=0.0001)


def test_time_that_others_take_for_the_rows_does_not_count():
    from time import sleep

    def slow() -> Iterator[int]:
        yield from (1, 2)

    taken = []
    for each in within(Limits(seconds=0.05), slow()):
        taken.append(each)
        sleep(0.06)
    assert taken == [1, 2]


@pytest.mark.parametrize(
    ("line", "error"),
    [(b"x" * 3_000_000, CellTooLong), (b"," * 3_000_000, TooManyColumns), (b"a\0b,1,2,3\n", NulBytes)],
)
def test_line_beyond_all_bounds_or_of_binary_zeros(line, error):
    with pytest.raises(error) as caught:
        walked(Endless(10, line))
    assert caught.value.context.get("line", 2) == 2
