"""What ingest is held against, in the same run: COPY alone (A), and Django used the plain way (B)."""

import hmac
import io
import json
import secrets
import time
import uuid
from collections.abc import Sequence

from cryptography.fernet import Fernet
from django.db import connection, models, transaction

_TABLE = "bench_copy"
_CHUNK = 5000
_COLUMNS = (
    "id", "resident_id", "organisation_id", "type", "category", "consent_id", "natural", "content", "sealed",
    "period", "status", "row", "as_of", "received_at",
)  # fmt: skip


def copy_rate(rows: int, sealed_bytes: int) -> float:
    """Rows a second of COPY into a table with the records' own columns and indexes, a commit each chunk.

    The clock runs for the database alone: the text that COPY reads is made beforehand.
    """
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    chunks = [_text(min(_CHUNK, rows - start), sealed_bytes) for start in range(0, rows, _CHUNK)]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {_TABLE} (LIKE registry_record INCLUDING ALL)")
    try:
        started = time.perf_counter()
        for chunk in chunks:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.copy_expert(f"COPY {_TABLE} ({names}) FROM STDIN", io.StringIO(chunk))
        return rows / (time.perf_counter() - started)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {_TABLE}")


def _text(count: int, sealed_bytes: int) -> str:
    """So many rows as COPY reads them, each with ids, digests and sealed bytes of its own."""
    same = [str(uuid.uuid4()), "bill", "utility_payments", str(uuid.uuid4())]
    lines = []
    for number in range(count):
        ids = [str(uuid.uuid4()), str(uuid.uuid4())]
        sealed = [f"\\\\x{secrets.token_hex(size)}" for size in (16, 16, sealed_bytes)]
        rest = ["2026-10", "active", str(number), *["2026-11-25T00:00:00+00:00"] * 2]
        lines.append("\t".join([*ids, *same, *sealed, *rest]))
    return "\n".join(lines) + "\n"


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
