"""A workbook to fill in for one type of record, in one language: headers, lists, hints, an example.

The first sheet is for the rows and holds headers alone; the example stands on a sheet of its own, so that it
is never sent with the rows. Every header and every word of either language is understood when it comes back.
"""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, Field, RecordType

ROWS = 5_000
SHEETS = {"zh": ("数据", "示例", "说明", "词表"), "en": ("Data", "Example", "Notes", "Lists")}
_BOLD = Font(bold=True)
_SHADE = PatternFill("solid", fgColor="EEF2F0")
_FLAGS = {"zh": ("是", "否"), "en": ("yes", "no")}
_NOTES = {
    "zh": (
        "带 * 的列必须填写。",
        "所有列均已设为文本格式,请勿更改:否则长号码会丢失末尾数字。",
        "每行须有有效授权:填写授权编号,或连同授权日期、方式和授权书摘要一并填写。",
        "只填写“数据”表;本表和示例不会被读取。",
        "一列可有多个值时,用顿号或逗号分开。",
    ),
    "en": (
        "Columns with * must be filled in.",
        "All columns are formatted as text: leave them so, or long numbers lose their last digits.",
        "Each row needs a consent in force: give its reference, or its reference, date, method and digest.",
        "Fill in the sheet “Data” only; this sheet and the example are not read.",
        "Where a column takes several words, separate them with commas.",
    ),
}
_HEADS = {
    "zh": ("列", "英文", "字段", "单位", "示例", "可选值"),
    "en": ("Column", "Chinese", "Field", "Unit", "Example", "Words to choose from"),
}
_HINTS = {
    "zh": {"month": "年-月", "day": "年-月-日", "money": "金额,不带货币符号", "flag": "是或否"},
    "en": {"month": "year-month", "day": "year-month-day", "money": "an amount without a sign of currency"}
    | {"flag": "yes or no"},
}
_SAYS = {
    "zh": {"example": "例如:{}", "choose": "请从列表中选择。"},
    "en": {"example": "For example: {}", "choose": "Choose a word of the list."},
}


def blank_workbook(record_type: RecordType, language: str) -> bytes:
    """The workbook as bytes; `language` is a language code, and whatever is not Chinese gets English."""
    return _Template(record_type, "zh" if language.startswith("zh") else "en").workbook()


class _Template:
    def __init__(self, record_type: RecordType, tongue: str) -> None:
        self.fields = (*IDENTITY_FIELDS.values(), *record_type.fields.values(), *CONSENT_FIELDS.values())
        self.tongue = tongue
        self.book = Workbook()

    def workbook(self) -> bytes:
        """All four sheets, packed."""
        data_name, example_name, notes_name, lists_name = SHEETS[self.tongue]
        data: Any = self.book.active
        data.title = data_name
        self._head(data)
        data.freeze_panes = "A2"
        example = self.book.create_sheet(example_name)
        self._head(example)
        example.append([self._example(field) for field in self.fields])
        self._notes(self.book.create_sheet(notes_name))
        self._choices(data, self.book.create_sheet(lists_name))
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def _label(self, field: Field) -> str:
        first, second = (field.zh, field.en) if self.tongue == "zh" else (field.en, field.zh)
        return f"{first} ({second}){' *' if field.required else ''}"

    def _example(self, field: Field) -> str:
        return field.example_in(self.tongue)

    def _head(self, sheet: Any) -> None:
        sheet.append([self._label(field) for field in self.fields])
        for place, field in enumerate(self.fields, 1):
            cell, column = sheet.cell(1, place), sheet.column_dimensions[get_column_letter(place)]
            cell.font, cell.fill, cell.alignment = _BOLD, _SHADE, Alignment(wrap_text=True, vertical="top")
            column.width = max(14, len(field.zh) * 2 + 4)
            column.number_format = "@"  # text keeps the zeros and digits of long numbers

    def _choices(self, data: Any, lists: Any) -> None:
        """A hint at every column; a list, whose words stand on a hidden sheet, where there is one."""
        lists.sheet_state = "hidden"
        for place, field in enumerate(self.fields, 1):
            letter = get_column_letter(place)
            words = self._words(field)
            for row, word in enumerate(words, 1):
                lists.cell(row, place, word)
            choice = self._choice(f"'{lists.title}'!${letter}$1:${letter}${len(words)}" if words else "")
            choice.promptTitle, choice.prompt = self._own_name(field)[:32], self._hint(field)[:255]
            choice.add(f"{letter}2:{letter}{ROWS}")
            data.add_data_validation(choice)

    def _choice(self, words: str) -> DataValidation:
        if not words:
            return DataValidation(allow_blank=True, showInputMessage=True)
        return DataValidation(
            type="list",
            formula1=words,
            allow_blank=True,
            showInputMessage=True,
            showErrorMessage=True,
            error=_SAYS[self.tongue]["choose"],
        )

    def _words(self, field: Field) -> list[str]:
        if field.kind.name == "flag":
            return list(_FLAGS[self.tongue])
        if field.words is None or field.kind.name == "words":
            return []
        return [word.zh if self.tongue == "zh" else word.en for word in field.words]

    def _own_name(self, field: Field) -> str:
        return field.zh if self.tongue == "zh" else field.en

    def _hint(self, field: Field) -> str:
        parts = [_HINTS[self.tongue].get(field.kind.name, ""), field.column.unit]
        parts.append(_SAYS[self.tongue]["example"].format(self._example(field)))
        return " · ".join(part for part in parts if part)

    def _notes(self, sheet: Any) -> None:
        for note in _NOTES[self.tongue]:
            sheet.append([note])
        sheet.append([])
        sheet.append(_HEADS[self.tongue])
        for field in self.fields:
            other = field.en if self.tongue == "zh" else field.zh
            words = self._words(field) or [w.zh if self.tongue == "zh" else w.en for w in field.words or ()]
            told = (self._own_name(field), other, field.name, field.column.unit, self._example(field))
            sheet.append([*told, "; ".join(words)])
        for letter, width in zip("ABCDEF", (30, 30, 26, 10, 28, 80), strict=True):
            sheet.column_dimensions[letter].width = width
