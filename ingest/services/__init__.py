"""Acts on uploads, each with its ledger entry in one transaction. Views and tasks wake workers, not these."""

from ingest.services.arriving import Checksum, Told, begin, bring, own, require_here
from ingest.services.finishing import cancel, destroy_file, finish, reject, result_fetched
from ingest.services.landing import abandon, land, tidy
from ingest.services.leases import drop_chunk, take_chunk, wake_chunks
from ingest.services.pacing import CHUNK_ROWS
from ingest.services.receiving import receive, require_welcome
from ingest.services.repeating import Answer, forget_answers, once
from ingest.services.splitting import split
from ingest.services.streams import add_batch, close_stream, hold_stream, open_stream, prolong_stream
from ingest.services.sweeping import Woken, reconcile, sweep
from ingest.services.undoing import undo, undoable

__all__ = (
    "CHUNK_ROWS",
    "Answer",
    "Checksum",
    "Told",
    "Woken",
    "abandon",
    "add_batch",
    "begin",
    "bring",
    "cancel",
    "close_stream",
    "destroy_file",
    "drop_chunk",
    "finish",
    "forget_answers",
    "hold_stream",
    "land",
    "once",
    "open_stream",
    "own",
    "prolong_stream",
    "receive",
    "reconcile",
    "reject",
    "require_here",
    "require_welcome",
    "result_fetched",
    "split",
    "sweep",
    "take_chunk",
    "tidy",
    "undo",
    "undoable",
    "wake_chunks",
)
