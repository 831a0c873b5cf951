"""An OpenDocument spreadsheet of one sheet whose cells are all text, a piece at a time (ODF 1.3, part 3)."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from ingest.results.cells import harmless
from ingest.results.pipe import PIECE, Pipe

MIME = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_START = (
    f'{_XML}<office:document-content {_NAMESPACES} office:version="1.3"><office:body><office:spreadsheet>'
    '<table:table table:name="Sheet1">'
).encode()
_END = b"</table:table></office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    f'{_XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    f' manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{MIME}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def ods_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The spreadsheet's bytes; no temporary file is written."""
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        # First and stored as it is, so that the kind of file stands at a fixed place (part 2, 3.3).
        archive.writestr("mimetype", MIME, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as content:
            content.write(_START)
            content.write(_row(header))
            for row in rows:
                content.write(_row(row))
                if out.size > PIECE:
                    yield out.take()
            content.write(_END)
    yield out.take()


def _row(cells: Sequence[str]) -> bytes:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>".encode("utf-8", "replace")


def _cell(cell: str) -> str:
    paragraphs = "".join(f"<text:p>{_text(line)}</text:p>" for line in harmless(cell).splitlines() or [""])
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def _text(line: str) -> str:
    """A line as ODF keeps it: blanks in a row and tabs are elements of their own."""
    said = escape("".join(letter for letter in line if letter >= " " or letter == "\t"))
    said = said.replace("\t", "<text:tab/>")
    lead = len(said) - len(said.lstrip(" "))
    return f'<text:s text:c="{lead}"/>{said[lead:]}' if lead else said.replace("  ", " <text:s/>")
