"""What an upload came to, put into `out/`: counts always, the partner's file back if rows were refused.

The counts are written last: a name that has them is whole. A crash before that has it all written again under
the same name; two uploads of one name get numbers.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ingest import queries, services
from ingest.errors import UPLOAD_ERRORS, UploadError
from ingest.folder import places
from ingest.models import Upload
from ingest.results import result_file
from ingest.services.finishing import KEPT
from registry.errors import RegistryError

BY = "system:folder"
_LONGEST = 180  # bytes of a stem, so that what is added to it still fits a name
_MOST = 1_000
logger = logging.getLogger("ingest.folder")


def give(*, organisation: UUID, out: int, at: datetime) -> int:
    """Put what finished uploads came to into `out/`, each once; how many."""
    finished = Upload.objects.filter(
        organisation_id=organisation,
        source=Upload.Source.FOLDER,
        finished_at__isnull=False,
        result_fetched_at__isnull=True,
    )
    given = 0
    for upload in finished.order_by("finished_at")[:_MOST]:
        try:
            _give(upload, out)
        except Exception:  # whatever is wrong with one of them, the others are not kept waiting
            logger.exception("a result could not be given", extra={"upload": str(upload.id)})
            continue
        services.result_fetched(upload=upload.id, by=BY, at=at)
        given += 1
    return given


def give_error(name: str, error: RegistryError, *, out: int) -> None:
    """Say why a file was refused at the door, in every language of this site."""
    cure = error.cure if isinstance(error, UploadError) else ""
    _write_error(_free_stem(name, "", out), error.code, error.sentence, cure, out)


def give_repeat(name: str, upload: Upload, *, out: int) -> None:
    """Say of a file that was sent before what became of it then; nothing where that is or will be said."""
    own = upload.source == Upload.Source.FOLDER and queries.name_of(upload) == name
    if own and upload.result_fetched_at is None:
        return
    stem = _free_stem(name, str(upload.id), out)
    if _told(stem, out) is None:
        _write_counts(stem, upload, out, repeats=True)


def clear(*, out: int, at: datetime) -> int:
    """Destroy result files that nobody took away for a week; how many."""
    gone = 0
    for name in places.names(out):
        if ".result." not in name and not name.endswith(".error.txt"):
            continue
        with suppress(FileNotFoundError):
            if os.stat(name, dir_fd=out, follow_symlinks=False).st_mtime < (at - KEPT).timestamp():
                os.unlink(name, dir_fd=out)
                gone += 1
    return gone


def _give(upload: Upload, out: int) -> None:
    stem = _free_stem(queries.name_of(upload) or str(upload.id), str(upload.id), out)
    if upload.status == Upload.Status.DONE_WITH_ERRORS:
        made = result_file(upload=upload, language=settings.LANGUAGE_CODE)
        places.write(f"{stem}.result.{made.name.rpartition('.')[2]}", out, made.content)
    if upload.status == Upload.Status.REJECTED:
        with translation.override("en"):
            why = queries.rejection_of(upload)
        if why is not None:
            error = UPLOAD_ERRORS.get(why.code)
            _write_error(stem, why.code, error.sentence if error else "", error.cure if error else "", out)
    _write_counts(stem, upload, out)


def _write_counts(stem: str, upload: Upload, out: int, *, repeats: bool = False) -> None:
    said: dict[str, Any] = {
        "upload": str(upload.id),
        "state": upload.status,
        "type": upload.type or None,
        "rows": upload.rows,
        "counts": {name: getattr(upload, name) for name in Upload.OUTCOMES},
        "error": upload.error_code or None,
        "repeats": repeats,
    }
    places.write(f"{stem}.json", out, [json.dumps(said, indent=1).encode() + b"\n"])


def _write_error(stem: str, code: str, sentence: str, cure: str, out: int) -> None:
    places.write(f"{stem}.error.txt", out, _sentences(code, sentence, cure))


def _sentences(code: str, sentence: str, cure: str) -> Iterator[bytes]:
    """A paragraph for each language: who put the file there is not known here."""
    for language, _label in settings.LANGUAGES:
        with translation.override(language):
            said = [_(text) for text in (sentence, cure) if text]
        yield ("\n".join(said) + "\n\n").encode()
    yield f"({code})\n".encode()


def _free_stem(name: str, upload: str, out: int) -> str:
    """The file's name without its ending, numbered where another upload's answer has that name."""
    stem = _short(name.rpartition(".")[0] or name)
    for number in range(1, _MOST):
        tried = stem if number == 1 else f"{stem}.{number}"
        told = _told(tried, out)
        if told is None or (upload and told == upload):
            return tried
    return f"{stem}.{upload}"


def _told(stem: str, out: int) -> str | None:
    """Which upload an answer of this name is about; None where there is no answer."""
    with places.reading(f"{stem}.json", out) as found:
        if found is None:
            return None
        try:
            return str(json.loads(os.read(found[0], 1 << 16)).get("upload", ""))
        except (ValueError, AttributeError):
            return ""


def _short(stem: str) -> str:
    return stem.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore")
