"""Files from the desk: the own file back with what became of each row, and templates to fill in."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from ingest import queries
from ingest.results.blank import blank_workbook
from ingest.views.results import send_result
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
    return send_result(found, by=request.member.by, only_refused=request.GET.get("rows") == "refused")


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def template(request: MemberRequest, type: str) -> HttpResponseBase:
    """A workbook to fill in for one type of record. Raises NotFound for an unknown type."""
    if type not in RECORD_TYPES:
        raise NotFound("record type")
    answer = HttpResponse(blank_workbook(RECORD_TYPES[type], get_language() or "en"), content_type=_XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{type}.xlsx"'
    return answer
