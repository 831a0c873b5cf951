"""Look-ups of many people go by index, also while PostgreSQL takes a table that grows fast for small."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from registry import residents
from registry.profiles.people import people_of
from registry.residents.identities import open_identities
from registry.residents.matching import match
from registry.vault import KeyUnavailable, SealBroken
from tests.factories import residents as make

pytestmark = pytest.mark.django_db

PEOPLE, ASKED = 20_000, 2_000
MADE_UP = (KeyUnavailable, SealBroken)
"""What opening the key of one of them ends with, after the look-up."""
_GROW = (
    "INSERT INTO registry_resident (id, status, created_at)"
    " SELECT gen_random_uuid(), 'unclaimed', now() FROM generate_series(1, %s)",
    "INSERT INTO registry_residentkey (resident_id, shard, shard_version, wrapped)"
    " SELECT id, 0, 1, '\\x00' FROM registry_resident LIMIT %s",
    "INSERT INTO registry_identity (id, resident_id, fingerprint, sealed, created_at)"
    " SELECT gen_random_uuid(), id, sha256(id::text::bytea), sha256(id::text::bytea), now()"
    " FROM registry_resident LIMIT %s",
)


@pytest.fixture
def asked() -> list[UUID]:
    """Some of many people who came since the last ANALYZE."""
    with connection.cursor() as cursor:
        for statement in _GROW:
            cursor.execute(statement, [PEOPLE])
        cursor.execute("SELECT id FROM registry_resident LIMIT %s", [ASKED])
        return [row[0] for row in cursor.fetchall()]


def read_whole(act: Callable[[], object]) -> set[str]:
    """The tables that some statement of an act reads from end to end, or would by parallel workers."""
    found: set[str] = set()

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(SELECT|WITH)\b(?!.*(;|FOR SHARE))", sql, re.DOTALL) and not many:
            with connection.connection.cursor() as own:
                own.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(row[0] for row in own.fetchall())
            found.update(re.findall(r"(?:Seq|Parallel \w+) Scan on (\w+)", plan))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        act()
    return found & {"registry_resident", "registry_residentkey", "registry_identity"}


def test_roots_of_many_are_looked_up_by_index(asked: list[UUID]) -> None:
    assert read_whole(lambda: residents.root_of(asked)) == set()


def test_identities_of_many_are_looked_up_by_index(asked: list[UUID]) -> None:
    def act() -> None:
        with pytest.raises(MADE_UP):
            next(open_identities(asked))

    assert read_whole(act) == set()


def test_keys_of_many_are_looked_up_by_index(asked: list[UUID]) -> None:
    def act() -> None:
        with pytest.raises(MADE_UP):
            people_of(asked)

    assert read_whole(act) == set()


def test_identities_sent_before_are_looked_up_by_index(asked: list[UUID]) -> None:
    people = [make.person(number) for number in range(500)]
    furnisher = uuid4()
    assert (
        read_whole(lambda: match(identities=people, organisation=furnisher, references={}, at=make.AT))
        == set()
    )
