"""What ingest is held against, in the same run: COPY alone (A), and Django used the plain way (B)."""

import hmac
import json
import secrets
import time
import uuid
from collections.abc import Sequence

from cryptography.fernet import Fernet
from django.db import connection, models, transaction

from registry.models.bulk import copy_rows

_TABLE = "bench_copy"
_CHUNK = 5000
_COLUMNS = (
    "id", "resident_id", "organisation_id", "type", "category", "consent_id", "natural", "content", "sealed",
    "period", "status", "row", "received_at",
)  # fmt: skip


def copy_rate(rows: int, sealed_bytes: int) -> float:
    """Rows a second of COPY into a table with the records' own columns and indexes, in chunks as ours."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {_TABLE} (LIKE registry_record INCLUDING ALL)")
    try:
        made = _rows(min(rows, _CHUNK), sealed_bytes)
        started, done = time.perf_counter(), 0
        while done < rows:
            fresh = [(uuid.uuid4(), *row[1:6], secrets.token_bytes(16), *row[7:]) for row in made]
            with transaction.atomic():
                done += copy_rows(_TABLE, _COLUMNS, fresh)
        return done / (time.perf_counter() - started)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {_TABLE}")


def _rows(count: int, sealed_bytes: int) -> list[tuple[object, ...]]:
    organisation, consent = uuid.uuid4(), uuid.uuid4()
    kind, after = ("bill", "utility_payments"), ("2026-10", "active")
    return [
        (
            *(uuid.uuid4(), uuid.uuid4(), organisation, *kind, consent),
            *(secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(sealed_bytes)),
            *(*after, number, "2026-11-25T00:00:00+00:00"),
        )
        for number in range(count)
    ]


class PlainPerson(models.Model):
    """A person found by the keyed hash of an identifier."""

    digest = models.BinaryField(max_length=32, unique=True)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return str(self.pk)


class PlainRecord(models.Model):
    """A record whose fields are Fernet tokens, as field-encryption packages store them."""

    person = models.ForeignKey(PlainPerson, on_delete=models.CASCADE)
    name, number, mobile, address, payload = (models.TextField() for _ in range(5))

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return str(self.pk)


def plain_rate(rows: Sequence[dict[str, str]]) -> float:
    """Rows a second of get_or_create by keyed hash and a create with Fernet fields, in one transaction."""
    key, fernet = secrets.token_bytes(32), Fernet(Fernet.generate_key())
    with connection.schema_editor() as editor:
        editor.create_model(PlainPerson)
        editor.create_model(PlainRecord)
    try:
        started = time.perf_counter()
        with transaction.atomic():
            for row in rows:
                _keep_plainly(row, key, fernet)
        return len(rows) / (time.perf_counter() - started)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(PlainRecord)
            editor.delete_model(PlainPerson)


def _keep_plainly(row: dict[str, str], key: bytes, fernet: Fernet) -> None:
    digest = hmac.digest(key, (row["证件号码"] or row["户名"] + row["联系电话"]).encode(), "sha256")
    person, _ = PlainPerson.objects.get_or_create(digest=digest)
    said = {
        "name": row["户名"],
        "number": row["证件号码"],
        "mobile": row["联系电话"],
        "address": row["用电地址"],
    }
    said["payload"] = json.dumps(row, ensure_ascii=False)
    sealed = {field: fernet.encrypt(value.encode()).decode() for field, value in said.items()}
    PlainRecord.objects.create(person=person, **sealed)
