"""Held files, looked at: as a clerk finds them at the desk."""

import io
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from openpyxl import Workbook

from ingest.models import Upload
from ingest.pipeline.trial import rehearse
from ingest.services import choosing, confirming, previewing, trying
from registry.models import Organisation
from tests.factories.uploads import BY, receive

CLERK = f"member:{uuid4()}"


def held(organisation: Organisation, content: bytes, **options: Any) -> Upload:
    """A held file that was looked at."""
    given = {"type": "", "hold": True, "filename": "table.csv"} | options
    return peeked(receive(organisation, content, **given))


def peeked(upload: Upload) -> Upload:
    """Have a worker look at it."""
    assert previewing.peek(upload=upload.id, by=BY, clock=timezone.now)
    upload.refresh_from_db()
    return upload


def act(upload: Upload) -> dict[str, Any]:
    """Who does something to an upload, and when."""
    return {"organisation": upload.organisation_id, "upload": upload.id, "by": CLERK, "at": timezone.now()}


def choose(upload: Upload, **choices: Any) -> Upload:
    """A clerk's choice, and the look at the file that may follow from it."""
    found = choosing.choose(**act(upload), **choices)
    return peeked(found) if found.status in Upload.UNREAD else found


def confirm(upload: Upload) -> Upload:
    """A clerk's confirmation."""
    return confirming.confirm(**act(upload))


def tried(upload: Upload, **options: Any) -> Upload:
    """A dry run, from its asking to its end."""
    trying.ask(**act(upload))
    assert rehearse(upload=upload.id, by=BY, clock=timezone.now, **options)
    upload.refresh_from_db()
    return upload


def workbook(**sheets: list[list[str]]) -> bytes:
    """A workbook with these sheets, each with its rows."""
    book, out = Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def upload_of(id: UUID) -> Upload:
    """The upload as it stands in the table."""
    return Upload.objects.select_related("organisation").get(id=id)
