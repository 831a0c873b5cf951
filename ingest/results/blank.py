"""A workbook to fill in for one type of record: headers in both languages, lists to choose from, an example.

The first sheet is for the rows and holds headers alone; the example stands on a sheet of its own, so that it
is never sent with the rows. Every header is understood when the workbook comes back.
"""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, Field, RecordType

ROWS = 5_000
_BOLD = Font(bold=True)
_SHADE = PatternFill("solid", fgColor="EEF2F0")
_NOTES = (
    ("带 * 的列必须填写。", "Columns with * must be filled in."),
    ("证件号码、手机号等请设为文本格式。", "Format numbers of documents and mobiles as text."),
    (
        "每行须有有效授权:填写授权编号,或连同授权日期、方式和授权书摘要一并填写。",
        "Each row needs a consent in force: give its reference, or its reference, date, method and digest.",
    ),
    ("只填写“数据”表;本表和示例不会被读取。", "Fill in the sheet “数据 Data” only; the others are not read."),
)


def blank_workbook(record_type: RecordType) -> bytes:
    """The workbook as bytes."""
    book, out = Workbook(), io.BytesIO()
    fields = _fields(record_type)
    data: Any = book.active
    data.title = "数据 Data"
    _head(data, fields)
    data.freeze_panes = "A2"
    _lists(book, data, fields)
    example = book.create_sheet("示例 Example", 1)
    _head(example, fields)
    example.append([field.example for field in fields])
    _notes(book.create_sheet("说明 Notes", 2), fields)
    book.save(out)
    return out.getvalue()


def _fields(record_type: RecordType) -> list[Field]:
    return [*IDENTITY_FIELDS.values(), *record_type.fields.values(), *CONSENT_FIELDS.values()]


def _header(field: Field) -> str:
    return f"{field.zh} ({field.en}){' *' if field.required else ''}"


def _head(sheet: Any, fields: list[Field]) -> None:
    sheet.append([_header(field) for field in fields])
    for place, field in enumerate(fields, 1):
        cell = sheet.cell(1, place)
        cell.font, cell.fill, cell.alignment = _BOLD, _SHADE, Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = max(14, len(field.zh) * 2 + 4)
        # Text format keeps the zeros and digits of long numbers.
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"


def _lists(book: Any, data: Any, fields: list[Field]) -> None:
    """Words to choose from stand on a hidden sheet, a column a field."""
    sheet = book.create_sheet("词表 Lists")
    sheet.sheet_state = "hidden"
    for place, field in enumerate(fields, 1):
        if field.words is None or field.kind.name == "words":
            continue
        letter = get_column_letter(place)
        words = [word.zh for word in field.words]
        for row, word in enumerate(words, 1):
            sheet.cell(row, place, word)
        choice = DataValidation(
            type="list", formula1=f"'词表 Lists'!${letter}$1:${letter}${len(words)}", allow_blank=True
        )
        choice.add(f"{letter}2:{letter}{ROWS}")
        data.add_data_validation(choice)


def _notes(sheet: Any, fields: list[Field]) -> None:
    for zh, en in _NOTES:
        sheet.append([zh, en])
    sheet.append([])
    sheet.append(["列 Column", "英文 English", "字段 Field", "示例 Example", "可选值 Words"])
    for field in fields:
        words = [f"{word.zh} / {word.en}" for word in field.words] if field.words else []
        sheet.append([field.zh, field.en, field.name, field.example, "; ".join(words)])
    for letter, width in zip("ABCDE", (28, 32, 26, 28, 80), strict=True):
        sheet.column_dimensions[letter].width = width
