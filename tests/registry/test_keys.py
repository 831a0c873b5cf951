"""Keys come into being once, whoever asks first, and open only under the keyring they were made with."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from joserfc import jwt
from joserfc.jwk import ECKey
from pytest_django import DjangoAssertNumQueries, Settings

from registry import keys
from registry.keys import rows
from registry.keys.opened import keyring
from registry.models import ShardKey, SystemKey
from registry.vault import (
    KeyringMissing,
    KeyringUnsafe,
    Place,
    SealBroken,
    new_secret,
    open_keyring,
    open_sealed,
    seal,
)
from tests.factories.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)  # keys are committed apart from any test's transaction

PLACE = Place("t", UUID(int=1), UUID(int=2), "f")
RESIDENTS = [UUID(int=(5 << 120) + number) for number in (0, 63, 64, 255)]


@pytest.fixture(autouse=True)
def path(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An installation without any key yet; the path its keyring will have."""
    settings.KEYRING = f"file:{tmp_path / 'keyring.json'}"
    settings.KEYRING_CREATE = True
    SystemKey.objects.all().delete()
    ShardKey.objects.all().delete()
    keys.forget()
    yield tmp_path / "keyring.json"
    keys.forget()


def add_version(name: str, version: int) -> bytes:
    secret = new_secret()
    rows.add_system(name, version, keyring().wrap(secret, context=rows.system_context(name, version)))
    return secret


def test_system_data_key_opens_what_another_process_sealed() -> None:
    sealed = seal(keys.system_data_key("staging"), b"value", PLACE)
    keys.forget()
    assert open_sealed(keys.system_data_key("staging"), sealed, PLACE) == b"value"


def test_system_data_key_differs_by_name() -> None:
    sealed = seal(keys.system_data_key("staging"), b"value", PLACE)
    with pytest.raises(SealBroken):
        open_sealed(keys.system_data_key("messages"), sealed, PLACE)


def test_system_key_of_one_name_differs_by_use() -> None:
    keys.system_data_key("ledger")
    keys.signing_key("ledger")
    keys.jose_key("ledger")
    assert sorted(SystemKey.objects.values_list("name", flat=True)) == [
        "data.ledger",
        "jose.ledger",
        "sign.ledger",
    ]


def test_system_data_key_lies_wrapped_in_its_table() -> None:
    secret = keys.system_data_key("staging").secret
    wrapped = bytes(SystemKey.objects.get().wrapped)
    assert (secret in wrapped, len(wrapped)) == (False, 65)


def test_system_data_key_outlives_a_rolled_back_transaction() -> None:
    with transaction.atomic():
        sealed = seal(keys.system_data_key("staging"), b"value", PLACE)
        transaction.set_rollback(True)
    keys.forget()
    assert open_sealed(keys.system_data_key("staging"), sealed, PLACE) == b"value"


def test_system_data_key_asks_the_database_only_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    keys.system_data_key("staging")
    with django_assert_num_queries(0):
        keys.system_data_key("staging")


def test_system_data_key_refuses_a_key_moved_from_another_name() -> None:
    keys.system_data_key("staging")
    SystemKey.objects.update(name="data.messages")
    keys.forget()
    with pytest.raises(keys.KeyUnavailable, match=r"does not open system:data\.messages:1"):
        keys.system_data_key("messages")


def test_signing_keys_are_all_versions_the_newest_first() -> None:
    first = keys.signing_key("ledger").public
    add_version("sign.ledger", 2)
    keys.forget()
    newest = keys.signing_key("ledger").public
    assert [key.public for key in keys.signing_keys("ledger")] == [newest, first]


def test_indexers_are_all_versions_the_newest_first() -> None:
    before = keys.indexers()[0].digest("mobile", "13800138000")
    add_version("index", 2)
    keys.forget()
    newest, older = keys.indexers()
    assert (newest.version, older.version, older.digest("mobile", "13800138000")) == (2, 1, before)


def test_jose_key_signs_what_its_public_half_verifies() -> None:
    key = keys.jose_key("reports")
    token = jwt.encode({"alg": "ES256", "kid": key["kid"]}, {"sub": "x"}, ECKey.import_key(key))
    keys.forget()
    assert jwt.decode(token, ECKey.import_key(keys.jose_key("reports").public())).claims == {"sub": "x"}


def first_public(queue: "Queue[str]", start: Any) -> None:
    keys.forget()
    start.wait(PATIENCE)
    try:
        keys.new_resident_keys(RESIDENTS)
        queue.put(keys.signing_key("ledger").public.hex())
    finally:
        connection.close()


def test_first_use_by_many_processes_at_once_makes_one_key() -> None:
    context = multiprocessing.get_context("fork")
    queue, start = context.Queue(), context.Barrier(6)
    connection.close()  # a forked process must not speak on its parent's connection
    processes = [context.Process(target=first_public, args=(queue, start)) for _ in range(6)]
    for process in processes:
        process.start()
    found = {queue.get(timeout=PATIENCE) for _ in processes}
    for process in processes:
        process.join()
    assert found == {keys.signing_key("ledger").public.hex()}
    assert (SystemKey.objects.count(), ShardKey.objects.count()) == (1, keys.SHARDS)


def test_shard_of_is_the_id_modulo_64() -> None:
    assert [keys.shard_of(resident) for resident in RESIDENTS] == [0, 63, 0, 63]


def test_new_resident_keys_open_again_in_another_process() -> None:
    made = keys.new_resident_keys(RESIDENTS)
    keys.forget()
    opened = [keys.open_resident_key(one.resident, one.wrapped, one.shard, one.shard_version) for one in made]
    assert [key.secret for key in opened] == [one.key.secret for one in made]


def test_new_resident_keys_come_in_the_order_asked_for_and_differ() -> None:
    made = keys.new_resident_keys(RESIDENTS)
    assert ([one.resident for one in made], len({one.key.secret for one in made})) == (RESIDENTS, 4)


@pytest.mark.parametrize("count", [1, 3])
def test_new_resident_keys_take_one_query_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keys.new_resident_keys(RESIDENTS)
    with django_assert_num_queries(1):
        keys.new_resident_keys(RESIDENTS[:count])


def test_open_resident_key_asks_the_database_once_per_shard(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = keys.new_resident_keys(RESIDENTS)
    keys.forget()
    keyring()
    with django_assert_num_queries(2):
        for one in made:
            keys.open_resident_key(one.resident, one.wrapped, one.shard, one.shard_version)


def test_open_resident_key_takes_the_view_a_database_returns() -> None:
    (one,) = keys.new_resident_keys(RESIDENTS[:1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::bytea", [one.wrapped])
        (wrapped,) = cursor.fetchone()
    opened = keys.open_resident_key(one.resident, wrapped, one.shard, one.shard_version)
    assert opened.secret == one.key.secret


def test_open_resident_key_refuses_the_key_of_another_resident() -> None:
    one, _, other, _ = keys.new_resident_keys(RESIDENTS)
    with pytest.raises(SealBroken):
        keys.open_resident_key(other.resident, one.wrapped, one.shard, one.shard_version)


def test_open_resident_key_says_when_the_key_was_destroyed() -> None:
    with pytest.raises(keys.KeyDestroyed):
        keys.open_resident_key(RESIDENTS[0], None, 0, 1)


def test_open_resident_key_says_when_its_shard_key_is_missing() -> None:
    (one,) = keys.new_resident_keys(RESIDENTS[:1])
    with pytest.raises(keys.KeyUnavailable, match="no key of shard 0, version 9"):
        keys.open_resident_key(one.resident, one.wrapped, 0, 9)


def test_one_damaged_shard_key_closes_its_own_residents_alone() -> None:
    first, second, *_ = keys.new_resident_keys(RESIDENTS)
    ShardKey.objects.filter(shard=0).update(wrapped=b"\x01damaged")
    keys.forget()
    keys.open_resident_key(second.resident, second.wrapped, second.shard, second.shard_version)
    with pytest.raises(keys.KeyUnavailable, match="does not open shard:0:1"):
        keys.open_resident_key(first.resident, first.wrapped, first.shard, first.shard_version)


def test_a_keyring_that_vanished_is_never_replaced(path: Path) -> None:
    keys.system_data_key("staging")
    path.unlink()
    keys.forget()
    with pytest.raises(KeyringMissing):
        keys.system_data_key("staging")
    assert not path.exists()


def test_a_missing_keyring_is_not_made_where_settings_forbid_it(path: Path, settings: Settings) -> None:
    settings.KEYRING_CREATE = False
    with pytest.raises(KeyringMissing):
        keys.system_data_key("staging")
    assert not path.exists()


@pytest.mark.parametrize("name", ["staging", "never asked for before"])
def test_another_databases_keyring_opens_nothing_and_adds_nothing(name: str, path: Path) -> None:
    keys.system_data_key("staging")
    path.unlink()
    open_keyring(f"file:{path}", create=True)
    keys.forget()
    with pytest.raises(keys.KeyUnavailable, match=r"does not open system:data\.staging:1"):
        keys.system_data_key(name)
    assert SystemKey.objects.count() == 1


def test_another_databases_keyring_adds_no_shard_key(path: Path) -> None:
    keys.system_data_key("staging")
    path.unlink()
    open_keyring(f"file:{path}", create=True)
    keys.forget()
    with pytest.raises(keys.KeyUnavailable):
        keys.new_resident_keys(RESIDENTS)
    assert ShardKey.objects.count() == 0


def test_require_keyring_notices_what_cached_keys_would_hide(path: Path) -> None:
    keys.require_keyring()
    path.chmod(0o644)
    with pytest.raises(KeyringUnsafe):
        keys.require_keyring()
    assert keys.KeyUnavailable.status == 503
