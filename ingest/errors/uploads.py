"""Upload errors: the file as a whole cannot be taken in, and ends here."""

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
    """The bytes are text in none of the encodings we know. Context: line, where that shows."""

    code = "unknown_encoding"
    sentence = (
        "The characters of this file cannot be read: its encoding is none of UTF-8, UTF-16, GB18030 (GBK)"
        " and Big5."
    )
    cure = (
        "Open it in your spreadsheet program and save it as “CSV UTF-8” or as .xlsx, or choose its encoding."
    )


class EncodingBroken(UnknownEncoding):
    """Text that is in one encoding up to a line that is not. Context: encoding, line."""

    code = "encoding_broken"
    sentence = (
        "The characters of one line do not belong to the encoding of the others: the line is damaged, or two"
        " files were joined."
    )
    cure = (
        "Look at the line named, save the file as “CSV UTF-8” or as .xlsx, or choose another encoding,"
        " for example GB18030."
    )


class UnknownFormat(UploadError):
    """The content is neither a table of text, nor a spreadsheet, nor NDJSON, whatever its name says."""

    code = "unknown_format"
    sentence = "This is not a CSV, Excel, OpenDocument or NDJSON file, whatever its name says."
    cure = "Export the table again, for example as wages.xlsx or wages.csv."


class WebPage(UnknownFormat):
    """HTML or XML; some old systems export such pages under the name .xls."""

    code = "web_page"
    sentence = "This is a web page or an XML file, whatever its name says."
    cure = "Open it in your spreadsheet program and save it as “Excel workbook (.xlsx)”."


class TextDocument(UnknownFormat):
    """A PDF, a text document, a presentation."""

    code = "text_document"
    sentence = "This is a document such as a PDF or a Word file, not a table."
    cure = "Export the table itself, for example as wages.xlsx or wages.csv."


class Picture(UnknownFormat):
    """A picture or a scan."""

    code = "picture"
    sentence = "This is a picture, not a table."
    cure = (
        "Export the table itself, for example as wages.xlsx or wages.csv. Tables in pictures cannot be read."
    )


class PackedFile(UnknownFormat):
    """An archive or a compressed file."""

    code = "packed_file"
    sentence = "This is a packed file (such as .zip, .rar or .gz), not a table."
    cure = "Unpack it and send the table inside, for example wages.xlsx."


class JsonArray(UnknownFormat):
    """One JSON value where one object on each line is wanted."""

    code = "json_array"
    sentence = "This is one JSON value; we read one JSON object on each line (NDJSON)."
    cure = 'Write one object on each line, for example {"name": "张伟", "month": "2026-03"}.'


class ProtectedWorkbook(UploadError):
    """A workbook that opens with a password only."""

    code = "protected_workbook"
    sentence = "This workbook is protected by a password."
    cure = "Open it in your spreadsheet program, remove the password and save it again."


class UnsafeWorkbook(UploadError):
    """A workbook whose XML declares entities or leads elsewhere; no spreadsheet program writes such."""

    code = "unsafe_workbook"
    sentence = "This workbook holds declarations that no spreadsheet program writes, so it was not opened."
    cure = "Copy the rows into a new workbook, save it as .xlsx and send that."


class SheetMissing(UploadError):
    """The sheet that was chosen is not in the workbook. Context: sheets."""

    code = "sheet_missing"
    sentence = "The workbook has no sheet of this name."
    cure = "Choose one of the sheets named, for example the first."


class TooSlow(UploadError):
    """Reading took longer than it may. Context: limit (seconds)."""

    code = "too_slow"
    sentence = "Reading this file takes too long."
    cure = "Save the rows alone as .csv, without formats and pictures, or split the file, and send it again."


class NulBytes(UploadError):
    """A text file with NUL bytes: binary content. Context: line."""

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
    """A column of data that the law forbids to collect; nothing is kept. Context: column, group."""

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


class RecordTypeNotYours(UploadError):
    """A type of record that an organisation of this kind does not furnish. Context: record_type."""

    code = "record_type_not_yours"
    sentence = "An organisation of your kind does not furnish records of this type."
    cure = "Choose another type of record."


class CategoryNotLicensed(UploadError):
    """A type of record whose category the licence does not cover. Context: category."""

    code = "category_not_licensed"
    status = 403
    sentence = "Your licence does not cover this kind of information. Nothing of the file was kept."
    cure = "Ask the registry's operator to widen your licence."


class LicenceEnded(UploadError):
    """The licence was in force when the file came, and was not when it was read."""

    code = "licence_ended"
    status = 403
    sentence = "Your organisation's licence ended before the file could be read. Nothing of it was kept."
    cure = "Ask the registry's operator, then send the file again."


UPLOAD_ERRORS: dict[str, type[UploadError]] = {
    error.code: error
    for error in (
        EmptyFile,
        UnknownEncoding,
        EncodingBroken,
        UnknownFormat,
        WebPage,
        TextDocument,
        Picture,
        PackedFile,
        JsonArray,
        ProtectedWorkbook,
        UnsafeWorkbook,
        SheetMissing,
        TooSlow,
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
        RecordTypeNotYours,
        CategoryNotLicensed,
        LicenceEnded,
    )
}
