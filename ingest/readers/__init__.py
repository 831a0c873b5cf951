"""From a partner's bytes to a table of text: CSV and kin, XLSX, XLSB, XLS, ODS, NDJSON. Pure and streaming.

What a file is follows from its content; its name and declared type are hints where the content does not tell.
What is found out about the reading, `Choices` can say otherwise.
"""

from typing import BinaryIO

from ingest.readers.delimited import DELIMITERS, read_delimited
from ingest.readers.encodings import ENCODINGS
from ingest.readers.kinds import beginning, is_workbook, refuse_others
from ingest.readers.limits import Choices, Limits
from ingest.readers.ndjson import read_ndjson
from ingest.readers.source import Source
from ingest.readers.table import Row, Table
from ingest.readers.workbooks import read_workbook

__all__ = ["DELIMITERS", "ENCODINGS", "Choices", "Limits", "Row", "Table", "read"]

_TABBED = (".tsv", ".tab")


def read(
    stream: BinaryIO,
    *,
    filename: str = "",
    content_type: str = "",
    limits: Limits | None = None,
    choices: Choices | None = None,
) -> Table:
    """Understand a file as a table. Rows are read as they are walked; nothing is written anywhere.

    Raises the upload errors of `ingest.errors`, at once or while the rows are walked.
    """
    limits, choices = limits or Limits(), choices or Choices()
    source = Source(stream, limits)
    refuse_others(source.head)
    if is_workbook(source.head):
        return read_workbook(source, limits, choices)
    if beginning(source.head).startswith("{"):
        return read_ndjson(source, limits, choices)
    tabbed = filename.lower().endswith(_TABBED) or content_type.startswith("text/tab-separated-values")
    return read_delimited(source, limits, choices, hint="\t" if tabbed else "")
