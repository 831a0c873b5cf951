"""Files inside forms, sealed as they arrive: Django would keep larger ones on disk unsealed."""

from contextlib import ExitStack
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from registry.staging.files import Staged, create, destroy, open_staged


class SealedUploadHandler(FileUploadHandler):
    """Seals a file of a form while it arrives. Its key is in this process only, and it has no name on disk.

    For settings.FILE_UPLOAD_HANDLERS, after the handler that keeps small files in memory.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin another file."""
        super().new_file(*args, **kwargs)
        self.file = uuid4()
        self.staging = ExitStack()
        self.staged: Staged = self.staging.enter_context(create(file=self.file))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a piece. Raises RequestDataTooBig beyond settings.UPLOAD_MAX_BYTES."""
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            self.upload_interrupted()
            raise RequestDataTooBig("the file is larger than an upload may be")
        self.staged.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        """The file for reading; it disappears from disk at once and for good when it is closed."""
        self.staging.close()
        stream = open_staged(file=self.file, wrapped=self.staged.wrapped)
        destroy(file=self.file)
        return UploadedFile(stream, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        """Leave nothing of a file that did not arrive whole."""
        if hasattr(self, "staging"):
            self.staging.close()
            destroy(file=self.file)
