"""Tables of the partner's app: files on their way in, uploads and their rows, remembered mappings."""

from ingest.models.answers import KeptAnswer
from ingest.models.incoming import Incoming, IncomingPart
from ingest.models.memory import RememberedMapping
from ingest.models.uploads import Chunk, RowResult, Upload

__all__ = ("Chunk", "Incoming", "IncomingPart", "KeptAnswer", "RememberedMapping", "RowResult", "Upload")
