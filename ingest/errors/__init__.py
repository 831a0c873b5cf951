"""Everything that can be wrong with a partner's file: upload errors and row faults.

An upload error is raised; a row fault is a stable code beside a row number and a field's name, never a value.
Sentences are English gettext message ids, each with a cure and, for row faults, an example of a right value.
"""

from ingest.errors.rows import ROW_FAULTS, RowFault
from ingest.errors.uploads import (
    UPLOAD_ERRORS,
    CellTooLong,
    ColumnsAmbiguous,
    ColumnsMissing,
    DuplicateHeader,
    EmptyFile,
    ForbiddenColumn,
    HeaderMissing,
    NulBytes,
    OldSpreadsheet,
    RecordTypeUnknown,
    TooLarge,
    TooManyColumns,
    TruncatedFile,
    UnknownEncoding,
    UnknownFormat,
    UploadError,
)

__all__ = [
    "ROW_FAULTS",
    "UPLOAD_ERRORS",
    "CellTooLong",
    "ColumnsAmbiguous",
    "ColumnsMissing",
    "DuplicateHeader",
    "EmptyFile",
    "ForbiddenColumn",
    "HeaderMissing",
    "NulBytes",
    "OldSpreadsheet",
    "RecordTypeUnknown",
    "RowFault",
    "TooLarge",
    "TooManyColumns",
    "TruncatedFile",
    "UnknownEncoding",
    "UnknownFormat",
    "UploadError",
]
