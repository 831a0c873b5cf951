"""How rows lie in a chunk's staged file: only cells of columns that fill a field, as one JSON text."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from ingest.mapping import Mapping
from ingest.models import Chunk
from ingest.readers import Row
from registry import staging


def pieces(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in lists of at most `size`, in order."""
    rest = iter(rows)
    while piece := list(islice(rest, size)):
        yield piece


def slim(mapping: Mapping) -> Mapping:
    """The mapping of the staged rows: the columns that fill a field, and no others."""
    used = mapping.used
    columns = tuple(mapping.columns[place] for place in used)
    return Mapping(mapping.record_type, columns, tuple(mapping.fields[place] for place in used))


def dump(rows: Sequence[Row], used: Sequence[int]) -> bytes:
    """Rows as bytes; of each row only the cells at the places `used`, and none of a faulty one."""
    lines = [
        [row.number, row.fault, *([] if row.fault else [row.cells[place] for place in used])] for row in rows
    ]
    return json.dumps(lines, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def load(data: bytes) -> list[Row]:
    """Rows as `dump` wrote them."""
    return [Row(number, cells, fault) for number, fault, *cells in json.loads(data)]


def stage(rows: Sequence[Row], used: Sequence[int], *, upload: UUID, number: int) -> Chunk:
    """Seal rows into a file of their own; the chunk that speaks of it is not stored yet."""
    chunk = Chunk(
        upload_id=upload,
        number=number,
        first_row=rows[0].number,
        last_row=rows[-1].number,
        rows=len(rows),
    )
    with staging.create(file=chunk.file) as staged:
        staged.write(dump(rows, used))
    chunk.file_key = staged.wrapped
    return chunk


def read(chunk: Chunk) -> list[Row]:
    """The rows of a chunk. Raises StagedFileGone, SealBroken."""
    assert chunk.file_key is not None
    with staging.open_staged(file=chunk.file, wrapped=bytes(chunk.file_key)) as stream:
        return load(stream.read())
