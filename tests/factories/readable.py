"""What whoever has everything could still read: all tables, all keys that are left, all staged files."""

import json
from collections.abc import Collection, Iterator
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.db import connection

from registry import staging
from registry.keys import rows as key_rows
from registry.keys.opened import open_wrapped
from registry.models import Resident, ShardKey, SystemKey
from registry.residents.resident_keys import open_keys

_COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2
"""


def readable(words: Collection[str]) -> set[str]:
    """Which of these words stand in a row, as they are, under any key that is left, or in a staged file."""
    texts = [*_rows(), *_opened(), *_staged()]
    return {word for word in words if any(form in text for form in _forms(word) for text in texts)}


def standing(digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests stand in any row, if only by their first eight bytes."""
    rows = b"\n".join(_rows())
    return {digest for digest in digests if digest[:8].hex().encode() in rows}


def every_secret() -> Iterator[bytes]:
    """Every secret that database and keyring together still hold."""
    for key in open_keys(Resident.objects.values_list("id", flat=True)).values():
        yield key.secret
    for name, version, wrapped in SystemKey.objects.values_list("name", "version", "wrapped"):
        yield open_wrapped(wrapped, context=key_rows.system_context(name, version))
    for shard, version, wrapped in ShardKey.objects.values_list("shard", "version", "wrapped"):
        yield open_wrapped(wrapped, context=key_rows.shard_context(shard, version))


def _rows() -> Iterator[bytes]:
    for table in sorted({table for table, _column, _kind in _columns()}):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield from (text.encode() for (text,) in cursor.fetchall())


def _opened() -> Iterator[bytes]:
    """Every sealed value under every key, wherever it may belong."""
    secrets = [secret for secret in every_secret() if len(secret) == 32]
    for table, column, kind in _columns():
        if kind == "bytea":
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE length("{column}") > 29')
                values = [bytes(value) for (value,) in cursor.fetchall()]
            yield from (_unlocked(secret, value) for value in values for secret in secrets)


def _unlocked(secret: bytes, sealed: bytes) -> bytes:
    """What AES-GCM gives without asking for the place that the value is bound to: its counter mode."""
    nonce, body = sealed[1:13], sealed[13:-16]
    return Cipher(algorithms.AES(secret), modes.CTR(nonce + b"\0\0\0\2")).decryptor().update(body)


def _staged() -> Iterator[bytes]:
    """Every staged file whose key a row still holds."""
    for table in sorted({table for table, column, _kind in _columns() if column == "file_key"}):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT file, file_key FROM "{table}" WHERE file_key IS NOT NULL')
            kept: list[tuple[UUID, memoryview]] = cursor.fetchall()
        for file, wrapped in kept:
            with staging.open_staged(file=file, wrapped=bytes(wrapped)) as stream:
                yield stream.read()


def _columns() -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return list(cursor.fetchall())


def _forms(word: str) -> tuple[bytes, ...]:
    raw = word.encode()
    return raw, json.dumps(word)[1:-1].encode(), raw.hex().encode()
