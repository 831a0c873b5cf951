"""From a partner's bytes to a table of text: CSV and kin, XLSX, NDJSON. Pure and streaming.

What a file is follows from its content; its name and declared type are hints where the content does not tell.
"""

import re
from typing import BinaryIO

from ingest.errors import EmptyFile, OldSpreadsheet, UnknownFormat
from ingest.readers.delimited import read_delimited
from ingest.readers.ndjson import read_ndjson
from ingest.readers.source import Source
from ingest.readers.spreadsheet import read_spreadsheet
from ingest.readers.table import Limits, Row, Table

__all__ = ["Limits", "Row", "Table", "read"]

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# First bytes of what is often sent under a table's name: pictures, documents, archives.
_DOCUMENTS = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_ARCHIVES = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_OTHERS = (*_DOCUMENTS, *_ARCHIVES, b"\x7fELF", b"SQLite format 3")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|meta|head|style)", re.IGNORECASE)


def read(
    stream: BinaryIO, *, filename: str = "", content_type: str = "", limits: Limits | None = None
) -> Table:
    """Understand a file as a table. Rows are read as they are walked; nothing is written anywhere.

    Raises the upload errors of `ingest.errors`, at once or while the rows are walked.
    """
    limits = limits or Limits()
    source = Source(stream, limits)
    _refuse_others(source.head)
    if source.head.startswith(_ZIP):
        return read_spreadsheet(source, limits)
    start = source.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        raise UnknownFormat
    if start == b"{":
        return read_ndjson(source, limits)
    tabbed = filename.lower().endswith((".tsv", ".tab")) or content_type.startswith(
        "text/tab-separated-values"
    )
    return read_delimited(source, limits, hint="\t" if tabbed else "")


def _refuse_others(head: bytes) -> None:
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise EmptyFile
    if head.startswith(_OLE):
        raise OldSpreadsheet
    if head.startswith(_OTHERS) or _MARKUP.match(head):
        raise UnknownFormat
