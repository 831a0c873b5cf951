"""How rows lie in a chunk's staged file: by column, only cells of columns that fill a field.

A line of JSON tells the rows' numbers, in runs, and which of them are faulty; the cells of the others follow,
column after column, with NUL between them. A column is read back with one `split`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import Any
from uuid import UUID

from ingest.mapping import Mapping
from ingest.models import Chunk
from ingest.readers import Row
from ingest.validation import Batch
from registry import staging

CHARS = 4_000_000
_STEP = 250
_BETWEEN = "\0"


def pieces(rows: Iterable[Row], size: int, chars: int = CHARS) -> Iterator[list[Row]]:
    """The rows in lists of at most `size`, in order; a list ends sooner once it has `chars` characters."""
    rest, piece, length = iter(rows), list[Row](), 0
    while step := list(islice(rest, min(_STEP, size - len(piece)))):
        piece += step
        length += sum(map(len, chain.from_iterable(row.cells for row in step)))
        if len(piece) == size or length >= chars:
            yield piece
            piece, length = [], 0
    if piece:
        yield piece


def slim(mapping: Mapping) -> Mapping:
    """The mapping of the staged rows: the columns that fill a field, and no others."""
    used = mapping.used
    columns = tuple(mapping.columns[place] for place in used)
    return Mapping(mapping.record_type, columns, tuple(mapping.fields[place] for place in used))


def dump(rows: Sequence[Row], used: Sequence[int]) -> bytes:
    """Rows as bytes; of each row only the cells at the places `used`, and none of a faulty one."""
    sound = [row.cells for row in rows if not row.fault]
    columns = list(zip(*sound, strict=True)) if sound else []
    cells = [columns[place] for place in used] if columns else []
    faulty = [[place, row.fault] for place, row in enumerate(rows) if row.fault]
    about: dict[str, Any] = {
        "numbers": runs([row.number for row in rows]),
        "faulty": faulty,
        "columns": len(used),
    }
    body = _BETWEEN.join(chain.from_iterable(cells))
    if body.count(_BETWEEN) != max(len(sound) * len(used) - 1, 0):  # a cell holds a NUL itself
        about["cells"], body = cells, ""
    head = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    return f"{head}\n{body}".encode("utf-8", "surrogatepass")


def load(data: bytes) -> Batch:
    """The rows' columns as `dump` wrote them."""
    head, _, body = data.decode("utf-8", "surrogatepass").partition("\n")
    about = json.loads(head)
    numbers = [number for first, last in about["numbers"] for number in range(first, last + 1)]
    count, width = len(numbers) - len(about["faulty"]), about["columns"]
    cells = about.get("cells")
    if cells is None:
        every = body.split(_BETWEEN) if count and width else []
        cells = [every[count * place : count * (place + 1)] for place in range(width)]
    return Batch(numbers, dict(about["faulty"]), cells)


def runs(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as runs [first, last] of neighbours."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def stage(rows: Sequence[Row], used: Sequence[int], *, upload: UUID, number: int) -> Chunk:
    """Seal rows into a file of their own; the chunk that speaks of it is not stored yet."""
    together = runs(row.number for row in rows)
    chunk = Chunk(
        upload_id=upload,
        number=number,
        first_row=rows[0].number,
        last_row=rows[-1].number,
        rows=len(rows),
        gaps=[[one[1] + 1, other[0] - 1] for one, other in pairwise(together)],
    )
    data = dump(rows, used)
    with staging.create(file=chunk.file) as staged:
        staged.write(data)
    chunk.file_key, chunk.bytes = staged.wrapped, len(data)
    return chunk


def read(chunk: Chunk) -> Batch:
    """The rows of a chunk. Raises StagedFileGone, SealBroken."""
    assert chunk.file_key is not None
    with staging.open_staged(file=chunk.file, wrapped=bytes(chunk.file_key)) as stream:
        return load(stream.read())
