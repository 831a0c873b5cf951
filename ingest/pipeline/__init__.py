"""From rows to records: a chunk of a file at a time (`chunk`, the page to read), as they come
(`stream`), or singly (`singles`).
"""

from ingest.pipeline.chunk import Job, Result, again, process, work
from ingest.pipeline.singles import ConsentResult, attest_each, record_each
from ingest.pipeline.stream import Stream, keep_lines

__all__ = (
    "ConsentResult",
    "Job",
    "Result",
    "Stream",
    "again",
    "attest_each",
    "keep_lines",
    "process",
    "record_each",
    "work",
)
