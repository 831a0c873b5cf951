"""Files from the desk: the own file back with what became of each row, and templates to fill in."""

from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from ingest import queries, results, services
from ingest.results.blank import blank_workbook
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.catalogue import RECORD_TYPES
from registry.errors import NotFound

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@member_page(Permission.UPLOADS_RESULT)
def result(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """The result, or with `?rows=refused` its refused rows alone; then the staged file is destroyed.

    Raises NotFound for another organisation's upload, ResultNotReady before it is finished.
    """
    assert request.member.organisation is not None
    found = queries.upload_of(organisation=request.member.organisation, upload=upload)
    name, content_type, content = results.result_file(
        upload=found,
        language=get_language() or "en",
        only_refused=request.GET.get("rows") == "refused",
    )
    fetched = partial(services.result_fetched, upload=found.pk, by=request.member.by)
    answer = StreamingHttpResponse(_sent(content, fetched), content_type=content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def template(request: MemberRequest, type: str) -> HttpResponseBase:
    """A workbook to fill in for one type of record. Raises NotFound for an unknown type."""
    if type not in RECORD_TYPES:
        raise NotFound("record type")
    answer = HttpResponse(blank_workbook(RECORD_TYPES[type], get_language() or "en"), content_type=_XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{type}.xlsx"'
    return answer


def _sent(content: Iterator[bytes], fetched: Callable[..., None]) -> Iterator[bytes]:
    """The content; `fetched` is called after its last byte was taken, not for a line that broke before."""
    yield from content
    fetched(at=timezone.now())
