"""Tables as bytes, a piece at a time: CSV in any encoding, NDJSON, workbooks without temporary files."""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from ingest.results.cells import harmless
from ingest.results.pipe import PIECE, Pipe

Cells = Sequence[str]


def csv_bytes(
    header: Cells, rows: Iterable[Cells], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> Iterator[bytes]:
    """A delimited text with harmless cells."""
    encode = codecs.getincrementalencoder(encoding)("replace").encode
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if text.tell() > PIECE:
            yield encode(text.getvalue())
            text.seek(0)
            text.truncate()
    yield encode(text.getvalue(), final=True)


def ndjson_bytes(header: Cells, rows: Iterable[Cells]) -> Iterator[bytes]:
    """One JSON object on each line; nothing that reads JSON takes a text for a formula."""
    for row in rows:
        line = dict(zip(header, row, strict=False))
        yield json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def xlsx_bytes(header: Cells, rows: Iterable[Cells]) -> Iterator[bytes]:
    """A workbook of one sheet whose cells are all text.

    Written by hand: libraries put sheets into temporary files, readable ones, before they pack them.
    """
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_START)
            sheet.write(_row(header))
            for row in rows:
                sheet.write(_row(row))
                if out.size > PIECE:
                    yield out.take()
            sheet.write(_SHEET_END)
    yield out.take()


def _row(cells: Cells) -> bytes:
    texts = (f'<c t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>' for cell in cells)
    return f"<row>{''.join(texts)}</row>".encode("utf-8", "replace")


def _text(cell: str) -> str:
    allowed = harmless(cell) if cell.isprintable() else "".join(filter(_fits_xml, harmless(cell)))
    return escape(allowed)


def _fits_xml(letter: str) -> bool:
    return letter >= " " or letter in "\t\n\r"


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_START = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
_SHEET_END = b"</sheetData></worksheet>"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
