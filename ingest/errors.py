"""Everything that can be wrong with a partner's file: upload errors (the file ends here) and row faults (data).

An upload error is raised; a row fault is a stable code beside a row number and a field's name, never a value.
Sentences are English gettext message ids, each with a cure and, for row faults, an example of a right value.
"""

from dataclasses import dataclass

from registry.errors import RegistryError


class UploadError(RegistryError):
    """The file as a whole cannot be taken in; `cure` says what to do about it."""

    code = "upload_unusable"
    status = 422
    sentence = "This file cannot be read."
    cure = "Save it as .xlsx or as .csv and send it again."


class EmptyFile(UploadError):
    """No header or no row in the file, or in any sheet of it."""

    code = "empty_file"
    sentence = "The file holds no rows."
    cure = "Check that you chose the right file and that it has a header row and at least one row below it."


class UnknownEncoding(UploadError):
    """The bytes are text in none of the encodings we know."""

    code = "unknown_encoding"
    sentence = (
        "The characters of this file cannot be read: its encoding is not UTF-8, UTF-16 or GB18030 (GBK)."
    )
    cure = "Open it in your spreadsheet program and save it as “CSV UTF-8” or as .xlsx."


class UnknownFormat(UploadError):
    """The content is neither a table of text, nor a spreadsheet, nor NDJSON, whatever its name says."""

    code = "unknown_format"
    sentence = "This is not a CSV, Excel (.xlsx) or NDJSON file, whatever its name says."
    cure = "Export the table again as .xlsx or .csv. A picture, PDF, web page or archive cannot be read."


class OldSpreadsheet(UploadError):
    """A workbook of the format before 2007, or a protected one: both wear the same container."""

    code = "old_spreadsheet"
    sentence = "This workbook is password-protected or in the old Excel format (.xls)."
    cure = "Open it in Excel, remove the password if it has one, and save it as “Excel workbook (.xlsx)”."


class NulBytes(UploadError):
    """A text file with NUL bytes: binary content, or UTF-16 without its mark."""

    code = "nul_bytes"
    sentence = "The file contains binary zeros, which no table of text does."
    cure = "Save it as “CSV UTF-8” or as .xlsx and send it again."


class HeaderMissing(UploadError):
    """The first row holds data, or nothing."""

    code = "header_missing"
    sentence = "The first row should name the columns, but it holds data or is empty."
    cure = "Add a header row with the names of the columns, for example: 姓名, 身份证号, 月份, 应发工资."


class DuplicateHeader(UploadError):
    """Two columns have one name."""

    code = "duplicate_header"
    sentence = "Two columns have the same name, so we cannot tell which one you mean."
    cure = "Rename or remove one of them."


class TooLarge(UploadError):
    """More bytes, rows or unpacked content than allowed."""

    code = "too_large"
    status = 413
    sentence = "The file is larger than we can take in at once."
    cure = "Split it into smaller files and send them one after the other."


class TooManyColumns(UploadError):
    """More columns than any partner's table has."""

    code = "too_many_columns"
    sentence = "The table has more columns than we can take in."
    cure = "Delete empty and unneeded columns and send it again."


class CellTooLong(UploadError):
    """A cell or line that never seems to end, most often after an unclosed quotation mark."""

    code = "cell_too_long"
    sentence = "A cell of this table is far too long; most often a quotation mark is not closed."
    cure = "Look for a stray quotation mark in the row named, or save the table as .xlsx."


class TruncatedFile(UploadError):
    """The file ends in the middle of a cell, a character or its archive's directory."""

    code = "truncated_file"
    sentence = "The file ends too early: a part of it is missing."
    cure = "Export it again, wait until the export is done, and send it again."


class ForbiddenColumn(UploadError):
    """A column of data that the law forbids to collect; nothing of the file is kept. Context: column, group."""

    code = "forbidden_column"
    sentence = "This file has a column that may never be collected. Nothing of it was kept."
    cure = "Delete that column and send the file again."


class RecordTypeUnknown(UploadError):
    """The columns do not tell which kind of record the rows are."""

    code = "record_type_unknown"
    sentence = "We cannot tell from the columns what kind of records these are."
    cure = "Choose the kind of record yourself, or use the header names of our template."


class ColumnsMissing(UploadError):
    """Fields that every record of this type needs have no column. Context: fields."""

    code = "columns_missing"
    sentence = "The table lacks columns that every record of this kind needs."
    cure = "Add the columns named, or match them to columns of yours."


class ColumnsAmbiguous(UploadError):
    """Two columns would fill one field. Context: columns, fields."""

    code = "columns_ambiguous"
    sentence = "Two columns seem to mean the same thing."
    cure = "Choose which of the two is meant, or remove one of them."


UPLOAD_ERRORS: dict[str, type[UploadError]] = {
    error.code: error
    for error in (
        EmptyFile,
        UnknownEncoding,
        UnknownFormat,
        OldSpreadsheet,
        NulBytes,
        HeaderMissing,
        DuplicateHeader,
        TooLarge,
        TooManyColumns,
        CellTooLong,
        TruncatedFile,
        ForbiddenColumn,
        RecordTypeUnknown,
        ColumnsMissing,
        ColumnsAmbiguous,
    )
}


@dataclass(frozen=True)
class RowFault:
    """One kind of fault that a row can have, as a clerk should read it."""

    code: str
    sentence: str
    cure: str
    example: str = ""


ROW_FAULTS: dict[str, RowFault] = {
    fault.code: fault
    for fault in (
        # The row as a whole.
        RowFault("ragged_row", "This row has more or fewer cells than the header.",
                 "Check the row for a missing or extra separator; put cells that contain one in quotation marks."),
        RowFault("quote_damaged", "A quotation mark in this row is out of place.",
                 "Write a quotation mark inside a cell twice, or save the table as .xlsx.", '"5"" screen"'),
        RowFault("row_cell_too_long", "A cell of this row is far too long.",
                 "Shorten the cell; a note or a picture does not belong in it."),
        RowFault("json_invalid", "This line is not a JSON object.",
                 "Write one JSON object on each line.", '{"name": "张伟", "month": "2026-03"}'),
        RowFault("json_nested", "A value in this line is a list or another object.",
                 "Write flat objects: every value a text, a number, true, false or null."),
        RowFault("json_unknown_key", "This line has a key that the first lines do not have.",
                 "Use the same keys in every line; write null where there is no value."),
        RowFault("json_duplicate_key", "A key stands twice in this line.", "Write each key once."),
        # Who it is about.
        RowFault("identity_insufficient", "The row does not say well enough who it is about.",
                 "Give the name and one of: citizen number, passport, residence permit, mobile, or the date of birth "
                 "together with the number's last four characters or the address."),
        RowFault("name_format", "This is not a person's name.",
                 "Write the name as on the document, without digits or signs.", "张伟"),
        RowFault("id_number_format", "A citizen number has 18 characters.",
                 "Copy the number again from the document.", "11010519491231002X"),
        RowFault("id_number_check", "The check character of this citizen number is wrong: a digit was mistyped.",
                 "Compare the number with the document.", "11010519491231002X"),
        RowFault("id_number_birth", "The date of birth inside this citizen number does not exist.",
                 "Compare the number with the document.", "11010519491231002X"),
        RowFault("id_number_county", "The first digits of this citizen number name no region we know.",
                 "Compare the number with the document; the row is taken in all the same."),
        RowFault("id_number_damaged", "The spreadsheet has destroyed the last digits of this citizen number.",
                 "Format the column as text before you fill it in or import it, then export again.",
                 "11010519491231002X"),
        RowFault("id_number_rounded", "This citizen number ends in 000, as numbers do that a spreadsheet has rounded.",
                 "Compare the number with the document; the row is taken in all the same."),
        RowFault("id_last4_format", "These are not the last four characters of a citizen number.",
                 "Write four characters, the last of them a digit or X.", "002X"),
        RowFault("id_last4_differs", "The last four characters do not belong to the citizen number beside them.",
                 "Compare both with the document.", "002X"),
        RowFault("document_format", "A document number has 5 to 20 letters and digits.",
                 "Copy the number again from the document.", "E12345678"),
        RowFault("mobile_format", "This is not a mobile number.",
                 "Write eleven digits, or + and the country code for a number from abroad.", "13800138000"),
        RowFault("birth_date_absurd", "This date of birth cannot be right.",
                 "Compare it with the document.", "1990-03-07"),
        RowFault("birth_date_differs", "The date of birth differs from the one inside the citizen number.",
                 "Compare both with the document; the row is taken in all the same."),
        RowFault("sex_differs", "The sex differs from the one inside the citizen number.",
                 "Compare both with the document; the row is taken in all the same."),
        RowFault("under_age", "This person is under 14. Children's data may not be registered here.",
                 "Remove the row."),
        # The consent beside it.
        RowFault("reference_format", "A consent reference has at most 64 letters, digits and - . / : # _.",
                 "Write the reference as it stands on the consent.", "SQ-2026-000123"),
        RowFault("digest_format", "This is not a SHA-256 digest.",
                 "Give the 64 hexadecimal digits of the signed document's SHA-256."),
        RowFault("consent_evidence_incomplete", "A signed consent needs its reference, date, method and digest.",
                 "Fill in all four of them, or none if the consent is already on file."),
        RowFault("category_unknown", "This is not a category that needs separate consent.",
                 "Write yes, no, or the category.", "收入"),
        # One cell of the record.
        RowFault("required", "This cell is empty, but every record of this kind needs it.", "Fill it in."),
        RowFault("month_format", "This is not a month.", "Write year and month.", "2026-03"),
        RowFault("date_format", "This is not a date, or its day and month could be confused.",
                 "Write year, month and day in this order.", "2026-03-01"),
        RowFault("date_impossible", "There is no such day.", "Check month and day.", "2026-02-28"),
        RowFault("date_absurd", "This date is too far away to be right.", "Check the year.", "2026-03-01"),
        RowFault("date_in_future", "This date lies in the future.", "Check the year.", "2026-03-01"),
        RowFault("dates_out_of_order", "This date is before the one it should follow.", "Check both dates."),
        RowFault("amount_format", "This is not an amount of money.",
                 "Write digits with a point before the cents.", "1234.50"),
        RowFault("amount_decimals", "An amount has at most two places after the point.", "Round it.", "1234.50"),
        RowFault("amount_negative", "An amount cannot be below zero here.",
                 "Write the amount without a sign; send a correction for a refund.", "1234.50"),
        RowFault("amount_absurd", "This amount is too large to be right.", "Check the point and the unit.", "1234.50"),
        RowFault("amounts_inconsistent", "This amount is larger than the one it is a part of.", "Check both amounts."),
        RowFault("number_format", "This is not a whole number.", "Write digits only.", "24"),
        RowFault("number_absurd", "This number is too small or too large to be right.", "Check it.", "24"),
        RowFault("number_damaged", "The spreadsheet has turned this number into scientific notation and lost digits.",
                 "Format the column as text or number before you export it.", "13800138000"),
        RowFault("flag_format", "Write yes or no here.", "Write 是 or 否, yes or no.", "是"),
        RowFault("not_in_list", "This word is not in the list for this column.",
                 "Use one of the words in our template."),
        RowFault("currency_unknown", "This is not a currency code.", "Write three letters of ISO 4217.", "CNY"),
        RowFault("credit_code_check", "This is not a unified social credit code: its check character is wrong.",
                 "Copy the 18 characters again from the business licence.", "91350100M000100Y43"),
        RowFault("industry_unknown", "This is not an industry code of GB/T 4754.",
                 "Write the letter of the section or the digits of the class.", "G6020"),
        RowFault("status_inconsistent", "This does not agree with the other cells of the row.",
                 "Check state, dates and amounts together."),
        RowFault("text_characters", "This text holds characters that do not belong in it.",
                 "Write plain words; a cell may not begin with = or @."),
        RowFault("text_too_long", "This text is too long.", "Shorten it."),
    )
}  # fmt: skip
