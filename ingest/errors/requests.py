"""What can be wrong with a request, apart from the file or the rows that it brings."""

from registry.errors import Conflict


class UploadFinished(Conflict):
    """An upload that is finished can no longer be cancelled."""

    code = "upload_finished"
    sentence = "This upload is finished, so it can no longer be cancelled."


class ResultNotReady(Conflict):
    """The result file exists once the upload is finished."""

    code = "result_not_ready"
    sentence = "The result is not ready yet. Ask again once the upload is done."
