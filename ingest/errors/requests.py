"""What can be wrong with a request, apart from the file or the rows that it brings."""

from registry.errors import Conflict, RegistryError


class UploadFinished(Conflict):
    """An upload that is finished can no longer be cancelled."""

    code = "upload_finished"
    sentence = "This upload is finished, so it can no longer be cancelled."


class NothingToUndo(Conflict):
    """Of an upload that has not ended, was rejected, or was undone before, nothing can be taken back."""

    code = "nothing_to_undo"
    sentence = "There is nothing to undo: this upload is not finished, was rejected, or was undone already."


class NotPreviewed(Conflict):
    """There is no preview to look at, to change or to confirm."""

    code = "not_previewed"
    sentence = "This file does not wait for a decision: it is being read, taken in, or finished."


class TrialRunning(Conflict):
    """A dry run is on; nothing may change under it."""

    code = "trial_running"
    sentence = "A dry run of this file is going on. Wait until it is done, or cancel the upload."


class RequestInProgress(Conflict):
    """The same request under the same Idempotency-Key is being worked on. Context: retry_after, seconds."""

    code = "request_in_progress"
    sentence = "This very request is being worked on. Ask again in a moment with the same key."


class LengthRequired(RegistryError):
    """A body without a length that shows by nothing where it ends."""

    code = "length_required"
    status = 411
    sentence = "Say how long the body is: send a Content-Length, or end the lines with their count."


class StreamKnown(Conflict):
    """An Idempotency-Key opens one stream, and this one did. Context: upload, state."""

    code = "stream_known"
    sentence = "This Idempotency-Key opened a stream already. Look at its upload, then use a new key."


class StreamOver(Conflict):
    """The stream was cancelled, or was silent for too long. Context: upload."""

    code = "stream_over"
    sentence = "This stream is over: cancelled, or silent for too long. What was answered is kept."


class StreamsBusy(RegistryError):
    """As many streams are open here as may be. Context: retry_after, in seconds."""

    code = "streams_busy"
    status = 503
    sentence = "Too many streams are open just now. Try again in a little while, or send a file."


class ResultNotReady(Conflict):
    """The result file exists once the upload is finished."""

    code = "result_not_ready"
    sentence = "The result is not ready yet. Ask again once the upload is done."
