"""What a file is by its first bytes; what is no table gets an error that says what it is instead."""

import re

from ingest.errors import EmptyFile, JsonArray, PackedFile, Picture, TextDocument, UnknownFormat, WebPage
from ingest.readers.encodings import marked, wide

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS: tuple[tuple[tuple[bytes, ...], type[UnknownFormat]], ...] = (
    ((b"%PDF", b"{\\rtf", b"%!PS"), TextDocument),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM\x36", b"II*\0", b"MM\0*"), Picture),
    ((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"), PackedFile),
    ((b"\x7fELF", b"MZ\x90", b"SQLite format 3"), UnknownFormat),
)
_MARKUP = re.compile(r"<(?:!doctype|!--|html|\?xml|\?mso|table|meta|head|style|body|div|workbook)", re.I)


def refuse_others(head: bytes) -> None:
    """Raises EmptyFile, TextDocument, Picture, PackedFile, WebPage, JsonArray or UnknownFormat."""
    for starts, error in _OTHERS:
        if head.startswith(starts):
            raise error
    if is_workbook(head):
        return
    start = beginning(head)
    if not start:
        raise EmptyFile
    if _MARKUP.match(start):
        raise WebPage
    if start.startswith("["):
        raise JsonArray


def is_workbook(head: bytes) -> bool:
    """Whether these bytes begin an archive or a container that a workbook may be in."""
    return head.startswith((*_ZIP, OLE))


def beginning(head: bytes) -> str:
    """The first characters of a text that are no space, in whatever encoding it is; ASCII ones are right."""
    mark = marked(head)
    codec = mark or wide(head) or "latin-1"
    return head[:4096].decode(codec, "ignore").lstrip("\ufeff \t\r\n")[:40]
