"""New keys over the old ones: everything still opens, nothing erased comes back, nobody waits."""

import io
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from registry import keys
from registry.keys import rotation
from registry.keys.opened import keyring
from registry.models import LedgerEntry, Resident, ResidentKey, ShardKey, SystemKey
from registry.vault import Place, open_sealed, seal
from tests.factories.waiting import PATIENCE, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)  # keys are committed apart from any test's transaction

Sealed = dict[UUID, bytes]


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


@pytest.fixture
def sealed(path: Path) -> Sealed:
    """150 residents, over all shards; what was sealed for each, by id."""
    return register([uuid4() for _ in range(150)])


def register(residents: list[UUID]) -> Sealed:
    Resident.objects.bulk_create(Resident(id=resident) for resident in residents)
    made = keys.new_resident_keys(residents)
    ResidentKey.objects.bulk_create(
        ResidentKey(
            resident_id=one.resident, shard=one.shard, shard_version=one.shard_version, wrapped=one.wrapped
        )
        for one in made
    )
    return {one.resident: seal(one.key, one.resident.bytes, place(one.resident)) for one in made}


def place(resident: UUID) -> Place:
    return Place("t", resident, resident, "f")


def opened(sealed: Sealed) -> set[UUID]:
    """The residents whose sealed value opens with their key as it now lies in the table."""
    rows = ResidentKey.objects.filter(resident__in=sealed, wrapped__isnull=False)
    return {
        row.resident_id
        for row in rows
        if open_sealed(
            keys.open_resident_key(row.resident_id, row.wrapped, row.shard, row.shard_version),
            sealed[row.resident_id],
            place(row.resident_id),
        )
        == row.resident_id.bytes
    }


def rotate(*options: str) -> str:
    said = io.StringIO()
    call_command("rotate_keys", *options, stdout=said)
    return said.getvalue()


def shard_versions() -> set[int]:
    return set(ResidentKey.objects.values_list("shard_version", flat=True))


def test_rotate_keys_puts_system_and_shard_keys_under_the_new_root(sealed: Sealed) -> None:
    keys.system_data_key("staging")
    rotate()
    under = {
        keyring().version_of(bytes(row.wrapped))
        for row in [*SystemKey.objects.all(), *ShardKey.objects.all()]
    }
    assert (under, set(ShardKey.objects.values_list("root_version", flat=True))) == ({2}, {2})


def test_rotate_keys_leaves_everything_readable_to_a_process_started_later(sealed: Sealed) -> None:
    staged = seal(keys.system_data_key("staging"), b"value", place(UUID(int=1)))
    rotate("--residents")
    keys.forget()
    assert open_sealed(keys.system_data_key("staging"), staged, place(UUID(int=1))) == b"value"
    assert opened(sealed) == set(sealed)


def test_rotate_keys_alone_leaves_residents_keys_as_they_are(sealed: Sealed) -> None:
    before = list(ResidentKey.objects.order_by("resident_id").values_list("wrapped", flat=True))
    rotate()
    after = list(ResidentKey.objects.order_by("resident_id").values_list("wrapped", flat=True))
    assert [bytes(one) for one in after] == [bytes(one) for one in before]


def test_rotate_keys_with_residents_puts_each_under_its_shards_new_key(sealed: Sealed) -> None:
    said = rotate("--residents")
    assert (shard_versions(), "150 residents' keys re-wrapped" in said) == ({2}, True)


def test_rotate_keys_goes_through_residents_chunk_by_chunk(sealed: Sealed) -> None:
    rotation.new_shard_versions()
    first = rotation_chunk(rotation.START, 100)
    second = rotation_chunk(first.last, 100)
    assert (first.keys, second.keys, rotation_chunk(second.last, 100)) == (100, 50, rotation.Chunk(0, None))
    assert opened(sealed) == set(sealed)


def rotation_chunk(after: UUID | None, limit: int) -> rotation.Chunk:
    assert after is not None
    with transaction.atomic():
        return rotation.rewrap_residents(after=after, limit=limit)


def test_rotate_keys_never_brings_an_erased_key_back(sealed: Sealed) -> None:
    erased = next(iter(sealed))
    ResidentKey.objects.filter(resident=erased).update(wrapped=None, destroyed_at=timezone.now())
    rotate("--residents")
    row = ResidentKey.objects.get(resident=erased)
    assert (row.wrapped, row.shard_version) == (None, 1)


def erase_while_somebody_waits(resident: UUID, begun: Flag) -> None:
    """Destroy a key, but commit only once another transaction stands in the queue behind this one."""
    try:
        with transaction.atomic():
            ResidentKey.objects.filter(resident=resident).update(wrapped=None, destroyed_at=timezone.now())
            begun.set()
            wait_until_blocked()
    finally:
        connection.close()


def test_rotate_keys_never_undoes_an_erasure_of_the_same_moment(sealed: Sealed) -> None:
    erased, begun = next(iter(sealed)), Flag()
    eraser = Thread(target=erase_while_somebody_waits, args=(erased, begun))
    eraser.start()
    assert begun.wait(PATIENCE)
    rotate("--residents")
    eraser.join()
    row = ResidentKey.objects.get(resident=erased)
    assert (row.wrapped, row.shard_version) == (None, 1)


def test_rotate_keys_resumed_finishes_what_was_interrupted(sealed: Sealed) -> None:
    keyring().rotate()
    rotation.new_shard_versions()
    rotation_chunk(rotation.START, 40)
    rotate("--resume")
    assert (shard_versions(), set(ShardKey.objects.values_list("root_version", flat=True))) == ({2}, {2})
    assert opened(sealed) == set(sealed)


def test_rotate_keys_resumed_again_changes_nothing(sealed: Sealed) -> None:
    rotate("--residents")
    before = list(ResidentKey.objects.order_by("resident_id").values_list("wrapped", flat=True))
    rotate("--resume")
    after = list(ResidentKey.objects.order_by("resident_id").values_list("wrapped", flat=True))
    assert ([bytes(one) for one in after], keyring().primary_version) == ([bytes(one) for one in before], 2)


def test_rotate_keys_names_a_key_that_does_not_open_and_turns_the_others(sealed: Sealed) -> None:
    damaged, *whole = sealed
    ResidentKey.objects.filter(resident=damaged).update(wrapped=b"\x01damaged")
    with pytest.raises(CommandError, match=str(damaged)):
        rotate("--residents")
    assert ResidentKey.objects.filter(resident__in=whole, shard_version=2).count() == 149


def test_rotate_keys_holds_for_residents_registered_afterwards(sealed: Sealed) -> None:
    rotation.new_shard_versions()  # by another process: this one still remembers the older keys
    register([UUID(int=7)])
    assert ResidentKey.objects.get(resident=UUID(int=7)).shard_version == 2


def test_rotate_keys_never_stops_a_reader(sealed: Sealed) -> None:
    begun, done, faults, reads = Flag(), Flag(), [], []

    def read() -> None:
        try:
            while not done.is_set():
                reads.append(opened(sealed) == set(sealed))
                begun.set()
        except Exception as fault:  # noqa: BLE001  (whatever it is, the test shows it)
            faults.append(fault)
        finally:
            begun.set()
            connection.close()

    reader = Thread(target=read)
    reader.start()
    assert begun.wait(PATIENCE)
    for _ in range(3):
        rotate("--residents")
    done.set()
    reader.join()
    assert (faults, set(reads), shard_versions()) == ([], {True}, {4})


def test_rotate_keys_writes_each_step_into_the_ledger(sealed: Sealed) -> None:
    rotate("--residents")
    assert list(LedgerEntry.objects.order_by("id").values_list("event", flat=True)) == ["key_rotated"] * 3


@pytest.fixture
def closed_ledger() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_ledgerentry ADD CONSTRAINT closed CHECK (body = '') NOT VALID")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_ledgerentry DROP CONSTRAINT closed")


def test_rotate_keys_without_a_ledger_entry_changes_no_row(sealed: Sealed, closed_ledger: None) -> None:
    with pytest.raises(DatabaseError):
        rotate("--residents")
    assert (set(ShardKey.objects.values_list("root_version", "version")), shard_versions()) == ({(1, 1)}, {1})
