"""Extracts as bytes, and kept in a folder: the same town always gives the very same files."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from registry.demo.extracts import Extract, extracts_of
from registry.demo.town import build

CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ABOUT = "about.json"
VERSION = 2
"""Of the rules by which the town is invented: raise it when other files would come of the same seed."""
_LONG_AGO = (2026, 1, 1, 0, 0, 0)
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z")


@dataclass(frozen=True)
class PartnerFile:
    """One file of a partner: `rows` below the header, `people` it speaks of (as we know and nobody else)."""

    partner: str
    record_type: str
    path: Path
    content_type: str
    rows: int
    people: int


@dataclass(frozen=True)
class Delivery:
    """All files, and the number of different people in them; `today` is the day they were made."""

    files: list[PartnerFile]
    people: int
    today: date
    fresh: bool


def deliver(folder: Path, *, people: int, months: int, seed: int, today: date) -> Delivery:
    """The partners' files in `folder`: those made before if they are of the same town, else new ones."""
    wanted = {"people": people, "months": months, "seed": seed, "version": VERSION}
    found = _found(folder, wanted)
    return found or _make(folder, wanted, today)


def encode(extract: Extract) -> bytes:
    """The extract as the bytes that the partner sends."""
    if extract.kind == "xlsx":
        return _workbook(extract)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(extract.columns)
    writer.writerows(extract.rows)
    return text.getvalue().encode(extract.encoding)


def _workbook(extract: Extract) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("登记表")
    for cells in ([extract.title], extract.columns, *extract.rows):
        sheet.append(list(cells))
    raw = io.BytesIO()
    book.save(raw)
    return _undated(raw)


def _undated(raw: io.BytesIO) -> bytes:
    """The archive with one fixed date everywhere, so that the same rows give the same bytes."""
    calm = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(calm, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = _MOMENT.sub(b"2026-01-01T00:00:00Z", old.read(entry))
            new.writestr(zipfile.ZipInfo(entry.filename, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return calm.getvalue()


def _make(folder: Path, wanted: dict[str, int], today: date) -> Delivery:
    folder.mkdir(parents=True, exist_ok=True)
    extracts = extracts_of(build(wanted["people"], wanted["months"], seed=wanted["seed"], today=today))
    for extract in extracts:
        (folder / extract.filename).write_bytes(encode(extract))
    people = len(frozenset[int]().union(*(extract.people for extract in extracts)))
    about: dict[str, Any] = {
        "wanted": wanted,
        "today": today.isoformat(),
        "people": people,
        "files": _described(extracts),
    }
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    return Delivery(_files(folder, about["files"]), people, today, fresh=True)


def _found(folder: Path, wanted: dict[str, int]) -> Delivery | None:
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        files = _files(folder, about["files"])
        if about["wanted"] != wanted or not all(file.path.exists() for file in files):
            return None
        return Delivery(files, int(about["people"]), date.fromisoformat(about["today"]), fresh=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _described(extracts: Sequence[Extract]) -> list[list[object]]:
    return [[e.partner, e.record_type, e.filename, e.kind, len(e.rows), len(e.people)] for e in extracts]


def _files(folder: Path, described: Sequence[Sequence[object]]) -> list[PartnerFile]:
    return [
        PartnerFile(
            str(partner),
            str(kind),
            folder / str(name),
            CONTENT_TYPES[str(form)],
            int(str(rows)),
            int(str(people)),
        )
        for partner, kind, name, form, rows, people in described
    ]
