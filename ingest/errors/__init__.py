"""Everything that can be wrong with a partner's file: upload errors and row faults.

An upload error is raised; a row fault is a stable code beside a row number and a field's name, never a value.
Sentences are English gettext message ids, each with a cure and, for row faults, an example of a right value.
"""

from ingest.errors.requests import ResultNotReady, UploadFinished
from ingest.errors.resumable import (
    BrokenOff,
    ChecksumMismatch,
    HeaderWrong,
    ProtocolUnknown,
    UploadBusy,
    UploadGone,
    WrongOffset,
)
from ingest.errors.rows import ROW_FAULTS, RowFault
from ingest.errors.uploads import (
    UPLOAD_ERRORS,
    CategoryNotLicensed,
    CellTooLong,
    ColumnsAmbiguous,
    ColumnsMissing,
    DuplicateHeader,
    EmptyFile,
    ForbiddenColumn,
    HeaderMissing,
    LicenceEnded,
    NulBytes,
    OldSpreadsheet,
    RecordTypeNotYours,
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
    "CategoryNotLicensed",
    "CellTooLong",
    "ColumnsAmbiguous",
    "ColumnsMissing",
    "DuplicateHeader",
    "EmptyFile",
    "ForbiddenColumn",
    "HeaderMissing",
    "LicenceEnded",
    "NulBytes",
    "OldSpreadsheet",
    "RecordTypeNotYours",
    "RecordTypeUnknown",
    "ResultNotReady",
    "RowFault",
    "TooLarge",
    "TooManyColumns",
    "TruncatedFile",
    "UnknownEncoding",
    "UnknownFormat",
    "UploadError",
    "UploadFinished",
]
