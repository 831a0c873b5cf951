"""Files from the desk: the organisation's own file back, with what became of each row beside it."""

from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from ingest import queries, results, services
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission


@require_GET
@member_page(Permission.UPLOADS_RESULT)
def result(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """The result; once it has gone out whole, the staged file it came from is destroyed.

    Raises NotFound for another organisation's upload, ResultNotReady before it is finished.
    """
    assert request.member.organisation is not None
    found = queries.upload_of(organisation=request.member.organisation, upload=upload)
    name, content_type, content = results.result_file(upload=found, language=get_language() or "en")
    fetched = partial(services.result_fetched, upload=found.pk, by=request.member.by)
    answer = StreamingHttpResponse(_sent(content, fetched), content_type=content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _sent(content: Iterator[bytes], fetched: Callable[..., None]) -> Iterator[bytes]:
    """The content; `fetched` is called after its last byte was taken, not for a line that broke before."""
    yield from content
    fetched(at=timezone.now())
