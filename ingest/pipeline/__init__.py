"""From rows to records: a chunk of a file at a time (`chunk`, the page to read), or singly (`singles`)."""

from ingest.pipeline.chunk import Job, Result, again, process, work
from ingest.pipeline.singles import ConsentResult, attest_each, record_each

__all__ = ("ConsentResult", "Job", "Result", "again", "attest_each", "process", "record_each", "work")
