"""From rows to records: a chunk of a file at a time (`chunk`, the page to read), as they come
(`stream`), or singly (`singles`).
"""

from ingest.pipeline.chunk import Job, Result, again, process, work
from ingest.pipeline.retracting import REASONS, Retracted, retract_each
from ingest.pipeline.singles import ConsentResult, attest_each, record_each
from ingest.pipeline.stream import Stream, keep_lines

__all__ = (
    "REASONS",
    "ConsentResult",
    "Job",
    "Result",
    "Retracted",
    "Stream",
    "again",
    "attest_each",
    "keep_lines",
    "process",
    "record_each",
    "retract_each",
    "work",
)
