"""The result file as an answer, at the desk and by the API: once its last byte is taken, our copy goes."""

from collections.abc import Generator, Iterator

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header

from ingest import services
from ingest.models import Upload
from ingest.results import result_file


def send_result(upload: Upload, *, by: str, only_refused: bool) -> StreamingHttpResponse:
    """The result in the reader's language. Raises ResultNotReady."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    made = result_file(upload=upload, language=language, only_refused=only_refused)
    answer = StreamingHttpResponse(_Fetched(made.content, upload, by), content_type=made.content_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=made.name)
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class _Fetched:
    """The bytes; when the last of them has been taken, and not where the line broke, they are fetched."""

    def __init__(self, content: Generator[bytes, None, None], upload: Upload, by: str) -> None:
        self._content, self._upload, self._by = content, upload, by

    def __iter__(self) -> Iterator[bytes]:
        yield from self._content
        services.result_fetched(upload=self._upload.id, by=self._by, at=timezone.now())

    def close(self) -> None:
        """Leave the rest, and the file that it was made from."""
        self._content.close()
