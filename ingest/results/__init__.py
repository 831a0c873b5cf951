"""The partner's own file back, in its format, with two columns more: what became of each row, and why."""

from ingest.results.files import result_file

__all__ = ("result_file",)
