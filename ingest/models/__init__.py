"""Tables of the partner's app: uploads and their rows, and what is remembered of confirmed mappings."""

from ingest.models.memory import RememberedMapping
from ingest.models.uploads import Chunk, RowResult, Upload

__all__ = ("Chunk", "RememberedMapping", "RowResult", "Upload")
