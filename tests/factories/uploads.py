"""Partner files to test with: people, their signed consents, tables in every format, and how to send them."""

import csv
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from ingest import pipeline, queries, services
from ingest.models import Chunk, Upload
from registry.catalogue.citizen import check_character
from registry.models import Organisation

BY = "system:test"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国梅红云飞鹏宇欣怡晨佳"
_CITIES = ("110105", "310115", "440306", "330106", "510107", "420111", "500103", "320106")


def person(number: int) -> dict[str, str]:
    """The identity of the person of this number: always the same, no two alike."""
    chosen = random.Random(number)
    born = timezone.localdate().replace(month=1, day=1) - timedelta(days=365 * 20 + chosen.randrange(14_000))
    body = f"{chosen.choice(_CITIES)}{born:%Y%m%d}{number % 1000:03d}"
    return {
        "name": chosen.choice(_SURNAMES) + "".join(chosen.choices(_GIVEN, k=2)),
        "id_number": body + check_character(body),
        "mobile": f"13{number:09d}",
    }


def evidence(number: int, *, separate: str = "", **changes: str) -> dict[str, str]:
    """The columns of a signed consent of the person of this number."""
    return {
        "consent_reference": f"SQ-{number}",
        "consent_signed_on": (timezone.localdate() - timedelta(days=10)).isoformat(),
        "consent_method": "纸质签字",
        "consent_document_sha256": hashlib.sha256(f"document {number}".encode()).hexdigest(),
        "consent_separate": separate,
    } | changes


def wage(number: int, *, month: str = "2026-03", signed: bool = True, **changes: str) -> dict[str, str]:
    """A wage of the person of this number, with the signed consent it rests on."""
    row = person(number) | {"month": month, "gross": f"{8000 + number % 3000}.00", "net": "6500.00"}
    row |= {"currency": "CNY", "due_on": f"{month}-15", "paid_on": f"{month}-15"}
    return row | (evidence(number, separate="yes") if signed else {}) | changes


def employment(number: int, *, signed: bool = True, **changes: str) -> dict[str, str]:
    """An employment of the person of this number, with the signed consent it rests on."""
    row = person(number) | {"occupation": "分拣员", "industry": "G6020", "contract": "fixed_term"}
    row |= {"employer_code": "91350100M000100Y43", "start": "2024-05-01"}
    return row | (evidence(number) if signed else {}) | changes


def as_csv(rows: Sequence[dict[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The rows as CSV; columns are the keys in order of their first appearance."""
    columns = columns_of(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_ndjson(rows: Iterable[dict[str, str]]) -> bytes:
    """The rows as JSON, one on each line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_xlsx(rows: Sequence[dict[str, str]]) -> bytes:
    """The rows as a workbook of one sheet."""
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    columns = columns_of(rows)
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column, "") for column in columns])
    book.save(out)
    return out.getvalue()


def columns_of(rows: Iterable[dict[str, str]]) -> list[str]:
    """All keys, in order of their first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def is_zip(content: bytes) -> bool:
    """Whether this is an archive, such as a workbook."""
    return zipfile.is_zipfile(io.BytesIO(content))


def receive(organisation: Organisation | UUID, content: bytes, **options: Any) -> Upload:
    """Have a file received, as the view does."""
    given = {
        "filename": "wages.csv",
        "content_type": "text/csv",
        "type": "wage",
        "idempotency_key": "",
        "by": BY,
        "at": timezone.now(),
    } | options
    owner = organisation.id if isinstance(organisation, Organisation) else organisation
    return services.receive(organisation=owner, stream=io.BytesIO(content), **given)


def run(upload: Upload, *, rows: int | None = None) -> Upload:
    """Do everything that workers would do for this upload, in this process."""
    services.split(upload=upload.id, by=BY, clock=timezone.now, rows=rows)
    for chunk in Chunk.objects.filter(upload=upload).order_by("number"):
        assert services.take_chunk(chunk=chunk.id, at=timezone.now())
        pipeline.work(chunk=chunk.id, by=BY, at=timezone.now())
    services.finish(upload=upload.id, by=BY, at=timezone.now())
    upload.refresh_from_db()
    return upload


def ingest(organisation: Organisation, rows: Sequence[dict[str, str]], **options: Any) -> Upload:
    """Receive rows as CSV and do all of them in this process."""
    return run(receive(organisation, as_csv(rows), **options))


def outcomes(upload: Upload) -> dict[int, tuple[str, list[tuple[str, str]]]]:
    """Outcome and (code, field) pairs of every row, by number."""
    found = queries.rows(upload.id, limit=10**6)
    return {one.row: (one.outcome, [tuple(fault) for fault in one.errors]) for one in found}
