"""One table as a workbook of every format that we read, for tests."""

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import xlwt

from tests.ingest.readers.workbooks import PACKAGE, PROLOGUE, RELATIONS

OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def xls(
    *sheets: Sequence[Sequence[Any]],
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[int] = (),
    mac: bool = False,
) -> bytes:
    """An XLS workbook (BIFF8); days are written as serials; `merged`: (top, bottom, left, right) from 0."""
    book, out = xlwt.Workbook(), io.BytesIO()
    book.dates_1904 = mac
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for index, rows in enumerate(sheets):
        sheet = book.add_sheet(f"Sheet{index + 1}")
        sheet.visibility = 1 if index in hidden else 0
        covered = {(row, column) for top, bottom, left, right in merged for row in range(top, bottom + 1)
                   for column in range(left, right + 1) if (row, column) != (top, left)}  # fmt: skip
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if value is not None and (row, column) not in covered:
                    sheet.write(
                        row, column, value, day if isinstance(value, date) else xlwt.Style.default_style
                    )
        for area in merged if index == 0 else ():
            sheet.merge(*area)
    book.save(out)
    return out.getvalue()


def ods(
    content: str, *, styles: str = "", extra: dict[str, str] | None = None, prologue: str = PROLOGUE
) -> bytes:
    """An ODS workbook whose spreadsheet holds this XML (tables)."""
    names = ("office", "table", "text", "style")
    spaces = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in names)
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    parts = {
        "mimetype": ODS,
        "content.xml": f"{prologue}<office:document-content {spaces}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{content}</office:spreadsheet>"
        "</office:body></office:document-content>",
        "META-INF/manifest.xml": "<m/>",
    }
    return packed(parts | (extra or {}))


def ods_table(rows: Sequence[Sequence[Any]], name: str = "Sheet1", more: str = "") -> str:
    """A table's XML; cells are texts, numbers, days, or XML of their own (beginning with <)."""
    lines = "".join(f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>" for cells in rows)
    return f'<table:table table:name="{name}"{more}>{lines}</table:table>'


def ods_cell(value: Any) -> str:
    """One cell's XML."""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    elif value.startswith("<"):
        return value
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def xlsb(rows: Sequence[Sequence[Any]]) -> bytes:
    """An XLSB workbook of one sheet; cells are texts, numbers, or an error's code as bytes."""
    last = (len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, *last)) + record(145)
    for number, cells in enumerate(rows):
        sheet += record(0, struct.pack("<I", number) + b"\0" * 13 + struct.pack("<I", 0))
        for column, value in enumerate(cells):
            place = struct.pack("<II", column, 0)
            if isinstance(value, bytes):
                sheet += record(3, place + value)
            elif isinstance(value, str):
                sheet += record(6, place + wide(value))
            else:
                sheet += record(5, place + struct.pack("<d", value))
    sheet += b"".join(record(code) for code in (146, 130))
    about = struct.pack("<II", 0, 1) + wide("rId1") + wide("Data")
    book = (
        record(131) + record(143) + record(156, about) + record(144) + record(157, b"\0" * 26) + record(132)
    )
    types = f'{PROLOGUE}<Types xmlns="{PACKAGE}/content-types"><Default Extension="bin" ContentType="x/y"/>'
    parts = {
        "[Content_Types].xml": types + "</Types>",
        "_rels/.rels": relation("officeDocument", "xl/workbook.bin"),
        "xl/_rels/workbook.bin.rels": relation("worksheet", "worksheets/sheet1.bin"),
        "xl/workbook.bin": book,
        "xl/worksheets/sheet1.bin": sheet,
    }
    return packed(parts)


def relation(kind: str, target: str) -> str:
    """A part that names another one, by the id rId1."""
    about = f'Id="rId1" Type="{RELATIONS}/{kind}" Target="{target}"'
    return f'{PROLOGUE}<Relationships xmlns="{PACKAGE}/relationships"><Relationship {about}/></Relationships>'


def record(code: int, data: bytes = b"") -> bytes:
    """A record of an XLSB part."""
    head = bytes([code]) if code < 128 else bytes([(code & 127) | 128, code >> 7])
    size, length = b"", len(data)
    while True:
        length, part = length >> 7, length & 127
        size += bytes([part | (128 if length else 0)])
        if not length:
            return head + size + data


def wide(text: str) -> bytes:
    """A text as XLSB writes it."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def packed(parts: dict[str, Any]) -> bytes:
    """These parts in an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
