"""A held file at the desk: look at it, say otherwise, try it, take it in. Nothing is stored before that."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ingest import queries, tasks
from ingest.errors import UploadError
from ingest.forms import PreviewForm
from ingest.models import Upload
from ingest.readers import Choices
from ingest.services import choosing, confirming, previewing, trying
from ingest.services.looking import chosen_of
from ingest.services.previews import Preview, preview_of
from ingest.views.desk import preview_words as said
from ingest.views.desk import words
from registry.accounts import licences
from registry.accounts.forms import add_faults, posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.errors import InvalidRequest, LicenceRequired
from registry.models import Organisation


@require_GET
@member_page(Permission.UPLOADS_SEND)
def look(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """The preview, or how far a dry run is; a file that waits for nobody has its own page."""
    found = _found(request, upload)
    if found.hold and found.confirmed_at is None and found.status in Upload.UNREAD:
        return render(request, "ingest/preview_waiting.html", _about(request, found))
    if not found.awaiting:
        return redirect("ingest:upload", found.pk)
    return _page(request, found)


@require_POST
@member_page(Permission.UPLOADS_SEND)
def choose(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Understand the file as the form says. Where it must be read anew, a worker is woken for it."""
    found = _found(request, upload)
    if found.preview is None:
        found = choosing.choose(**_who(request, upload))
    else:
        form = _form(request, found, preview_of(found))
        if not form.is_valid():
            return _page(request, found, form)
        try:
            found = choosing.choose(**_who(request, upload), **_asked(found, form))
        except InvalidRequest as refused:
            add_faults(form, refused)
            return _page(request, found, form)
    if found.status in Upload.UNREAD:
        tasks.wake_parse(found.pk)
    return redirect("ingest:preview", found.pk)


@require_POST
@member_page(Permission.UPLOADS_SEND)
def forget(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Forget what was remembered of tables like this one, and look at the file anew."""
    found = choosing.forget(**_who(request, upload))
    tasks.wake_parse(found.pk)
    messages.success(request, _("Forgotten. The file is looked at as if it were the first of its kind."))
    return redirect("ingest:preview", found.pk)


@require_POST
@member_page(Permission.UPLOADS_SEND)
def attempt(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Begin a dry run of the whole file."""
    try:
        found = trying.ask(**_who(request, upload))
    except UploadError as refused:
        return _refused(request, upload, refused)
    tasks.wake_trial(found.pk)
    return redirect("ingest:preview", found.pk)


@require_POST
@member_page(Permission.UPLOADS_SEND)
def confirm(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Take the file in as it was shown."""
    try:
        found = confirming.confirm(**_who(request, upload))
    except UploadError as refused:
        return _refused(request, upload, refused)
    tasks.wake_parse(found.pk)
    return redirect("ingest:upload", found.pk)


def _found(request: MemberRequest, upload: UUID) -> Upload:
    assert request.member.organisation is not None
    return queries.upload_of(organisation=request.member.organisation, upload=upload)


def _who(request: MemberRequest, upload: UUID) -> dict[str, Any]:
    return {
        "organisation": request.member.organisation,
        "upload": upload,
        "by": request.member.by,
        "at": timezone.now(),
    }


def _refused(request: MemberRequest, upload: UUID, refused: UploadError) -> HttpResponseBase:
    """Back to the preview, which says the same at its place."""
    messages.error(request, _(refused.sentence))
    return redirect("ingest:preview", upload)


def _about(request: MemberRequest, found: Upload) -> dict[str, Any]:
    return {
        "found": found,
        "name": words.name_of(found),
        "organisation": request.member.organisation_name,
        "trial": said.trial(found),
    }


def _page(request: MemberRequest, found: Upload, form: PreviewForm | None = None) -> HttpResponse:
    """The whole page; without the rows where they are no longer kept, or a dry run is on."""
    context = _about(request, found)
    if found.trial == Upload.Trial.RUNNING:
        return render(request, "ingest/preview_trial.html", context)
    if found.preview is None:
        return render(request, "ingest/preview_gone.html", context)
    seen = preview_of(found)
    sample = previewing.check(found, seen, at=timezone.now())
    context |= {
        "form": form or _form(request, found, seen),
        "facts": said.facts(seen),
        "hindrances": said.hindrances(seen, sample),
        "last_time": said.as_last_time(seen),
        "sample": sample,
        "looked_at": len(sample.rows),
        "more": bool(seen.head and seen.head.more),
    }
    if seen.mapping is not None:
        context |= _table(seen, sample, context["form"])
    return render(request, "ingest/preview.html", context)


def _table(seen: Preview, sample: previewing.Sample, form: PreviewForm) -> dict[str, Any]:
    """Columns and rows as the page shows them."""
    mapping = seen.mapping
    assert mapping is not None
    columns = said.columns(seen)
    for column in columns:
        column["control"] = form[f"column_{column['place']}"]
    refused = [reason for reason in sample.reasons if not reason[2]]
    return {
        "columns": columns,
        "guessed": [column["name"] for column in columns if column["by_content"]],
        "unused": [column["name"] for column in columns if not column["used"]],
        "heads": [
            {"name": said.header_of(mapping, place),
             "field": said.field_label(mapping.fields[place], mapping.record_type)}
            for place in mapping.used
        ],
        "rows": said.rows(seen, sample),
        "reasons": said.reasons(refused, mapping),
        "notes": said.reasons([reason for reason in sample.reasons if reason[2]], mapping),
    }  # fmt: skip


def _form(request: MemberRequest, found: Upload, seen: Preview) -> PreviewForm:
    """The form, filled with what was chosen and what was found."""
    chosen, mapping = chosen_of(found), seen.mapping
    reading = seen.choices
    initial: dict[str, Any] = {
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "sheet": reading.sheet,
        "header_row": reading.header_row or (seen.head.header_row if seen.head else None),
        "type": chosen.type or found.type or _told_type(seen),
    }
    places = range(len(mapping.columns)) if mapping else ()
    if mapping is not None:
        initial |= {f"column_{place}": mapping.fields[place] for place in places}
    return PreviewForm(
        posted(request),
        initial=initial,
        reading=said.reading_choices(seen),
        types=[("", _("Find out from the columns")), *_types(found)],
        columns=[(place, said.header_of(mapping, place)) for place in places] if mapping else [],
        fields=said.field_choices(mapping.record_type if mapping else ""),
    )


def _types(found: Upload) -> list[tuple[str, str]]:
    try:
        licence = licences.furnisher_licence(organisation=found.organisation_id, at=timezone.now())
    except LicenceRequired:
        return []
    return words.types_of(Organisation.objects.get(pk=found.organisation_id), licence)


def _asked(found: Upload, form: PreviewForm) -> dict[str, Any]:
    """What the form asks for: a reading that differs from the one there is, a type, the columns' fields."""
    seen, sent = preview_of(found), form.cleaned_data
    reading = Choices(
        sent.get("encoding", ""), sent.get("delimiter", ""), sent.get("sheet", ""), _header_row(seen, sent)
    )
    return {
        "reading": None if reading == seen.choices else reading,
        "record_type": None if sent["type"] == _told_type(seen) else sent["type"],
        "fields": form.chosen_fields(),
    }


def _told_type(seen: Preview) -> str:
    """The type that the columns tell; "" where they leave it open."""
    mapping = seen.mapping
    if mapping is None or any(problem.code.startswith("record_type") for problem in mapping.problems):
        return ""
    return mapping.record_type


def _header_row(seen: Preview, sent: dict[str, Any]) -> int:
    """The row that was sent, or 0 where it is the one that was found by itself."""
    number = sent.get("header_row") or 0
    found = seen.head.header_row if seen.head and not seen.choices.header_row else 0
    return 0 if number == found else number
