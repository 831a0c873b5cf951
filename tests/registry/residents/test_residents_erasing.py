"""Forgetting works: what is gone cannot be read from any copy, nor recognised in what is left."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from registry import keys, profiles, report_store, residents
from registry.errors import Conflict, NotFound
from registry.keys import KeyDestroyed
from registry.keys import rows as key_rows
from registry.keys.opened import open_wrapped
from registry.models import (
    Identifier,
    Identity,
    LedgerEntry,
    Record,
    Resident,
    ResidentKey,
    Settlement,
    ShardKey,
    SystemKey,
)
from registry.profiles.records import record_place
from registry.residents.identities import identity_place
from registry.residents.resident_keys import open_keys
from registry.vault import DataKey, Place, SealBroken, open_sealed
from tests.factories import residents as make

pytestmark = pytest.mark.django_db

Blob = tuple[Place, bytes]


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    made = make.make_account(1, organisation=furnisher)
    make.store(make.bill(made, "2026-01"), make.wage(made, "2026-01"), organisation=furnisher)
    make.store(make.bill(made, "2026-01", "90.00"), organisation=furnisher)
    return made


def erase(resident: UUID) -> None:
    residents.erase(resident=resident, by=make.BY, reason="resident_asked", at=make.AT)


def sealed_things(resident: UUID) -> list[Blob]:
    """Everything sealed about a resident, as a copy of the database made now holds it."""
    found = [
        (record_place(row.id, resident), bytes(row.sealed))
        for row in Record.objects.filter(resident=resident)
    ]
    found += [
        (identity_place(row.id, resident), bytes(row.sealed))
        for row in Identity.objects.filter(resident=resident)
    ]
    report = uuid4()
    kept = report_store.seal_report(report=report, resident=resident, body=b"{}")
    return [*found, (Place("api_report", report, resident, "sealed"), kept)]


def every_key() -> Iterator[DataKey]:
    """Every secret that database and keyring together still hold."""
    yield from open_keys(Resident.objects.values_list("id", flat=True)).values()
    for name, version, wrapped in SystemKey.objects.values_list("name", "version", "wrapped"):
        secret = open_wrapped(wrapped, context=key_rows.system_context(name, version))
        if len(secret) == 32:
            yield DataKey(secret)
    for shard, version, wrapped in ShardKey.objects.values_list("shard", "version", "wrapped"):
        yield DataKey(open_wrapped(wrapped, context=key_rows.shard_context(shard, version)))


def opens(blob: Blob) -> bool:
    place, sealed = blob
    for key in every_key():
        try:
            open_sealed(key, sealed, place)
        except SealBroken:
            continue
        return True
    return False


def test_copy_made_before_opens_with_no_key_that_is_left(who: UUID) -> None:
    make.make_resident(2)
    copies = sealed_things(who)
    assert len(copies) == 6
    assert all(map(opens, copies))
    erase(who)
    assert [opens(copy) for copy in copies] == [False] * 6


def test_copy_put_back_into_the_tables_stays_shut(who: UUID) -> None:
    copies = list(Record.objects.filter(resident=who).values_list("id", "sealed", "status"))
    erase(who)
    for row, sealed, status in copies:
        Record.objects.filter(id=row).update(sealed=bytes(sealed), status=status, natural=row.bytes)
    with pytest.raises(KeyDestroyed):
        make.read(who)


def test_nothing_by_which_the_person_was_known_is_left(who: UUID) -> None:
    digests = [bytes(held.digest) for held in Identifier.objects.all()]
    digests += [bytes(row.fingerprint) for row in Identity.objects.all()]
    digests += [
        bytes(value) for row in Record.objects.filter(status="active") for value in (row.natural, row.content)
    ]
    digests += [bytes(row.sealed) for row in Identity.objects.all()]
    assert present(digests) == set(digests)
    erase(who)
    assert present(digests) == set()


def present(wanted: list[bytes]) -> set[bytes]:
    """Which of these bytes stand in any row of any table, if only by their first eight."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        text = ""
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text += "\n".join(row for (row,) in cursor.fetchall())
    return {value for value in wanted if value[:8].hex() in text}


def test_erasure_takes_no_digests_of_others_out_of_settlements() -> None:
    gone, other = (match.holder for match in make.keep(make.person(1), make.person(2)))
    settled = {bytes(held.digest)[:8] for held in Identifier.objects.filter(resident=other)}
    erase(gone)
    assert keys_settled() == settled


def keys_settled() -> set[bytes]:
    """The 8-byte keys of all settlements."""
    told = [bytes(entry.keys) for entry in Settlement.objects.all()]
    return {keys[at : at + 8] for keys in told for at in range(0, len(keys), 8)}


def test_erasure_leaves_its_three_entries_without_a_word_about_the_person(who: UUID) -> None:
    erase(who)
    entries = list(LedgerEntry.objects.filter(subject=who).order_by("id"))[-3:]
    assert [entry.event for entry in entries] == ["resident_erased", "records_erased", "key_destroyed"]
    assert '"details":{"identities":2,"reason":"resident_asked","records":3}' in entries[0].body
    assert '"details":{"keys":1,"kind":"resident","reason":"resident_asked"}' in entries[2].body


def test_erasure_without_its_entries_destroys_nothing(refusing_ledger: None) -> None:
    who = Resident.objects.create().id
    (new,) = keys.new_resident_keys([who])
    ResidentKey.objects.create(resident_id=who, shard=new.shard, shard_version=1, wrapped=new.wrapped)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        erase(who)
    assert open_keys([who]).keys() == {who}
    assert Resident.objects.get().status == "unclaimed"


def test_erasure_takes_the_whole_cluster(who: UUID) -> None:
    other = make.make_resident(2)
    residents.merge(resident=other, into=who, by=make.BY, reasons=["same_person"], at=make.AT)
    erase(other)
    assert set(Resident.objects.values_list("status", flat=True)) == {"erased"}
    assert open_keys([who, other]) == {}


def test_erasure_leaves_others_alone(who: UUID, furnisher: UUID) -> None:
    other = make.make_resident(2, organisation=furnisher)
    make.store(make.bill(other, "2026-01"), organisation=furnisher)
    before = make.read(other).records
    erase(who)
    assert make.read(other).records == before
    assert residents.contact(resident=other) == make.person(2)["mobile"]


def test_erased_person_has_no_account_contact_name_or_holdings(who: UUID) -> None:
    erase(who)
    assert residents.claimant(mobile=make.person(1)["mobile"]) is None
    assert residents.contact(resident=who) is None
    assert residents.display_name(resident=who) == ""
    assert profiles.held(resident=who) == []


def test_erased_profile_neither_opens_nor_takes_records(who: UUID, furnisher: UUID) -> None:
    erase(who)
    with pytest.raises(KeyDestroyed):
        make.read(who)
    with pytest.raises(residents.Overtaken):
        make.store(make.bill(who, "2026-02"), organisation=furnisher)


def test_erasure_twice_is_a_conflict(who: UUID) -> None:
    erase(who)
    with pytest.raises(Conflict):
        erase(who)


def test_erasure_of_nobody_is_not_found() -> None:
    with pytest.raises(NotFound):
        erase(uuid4())


def test_person_who_comes_back_begins_anew(who: UUID, furnisher: UUID) -> None:
    erase(who)
    again = make.make_account(1, organisation=furnisher)
    assert again != who
    make.store(make.bill(again, "2026-01"), organisation=furnisher)
    assert len(make.read(again).records) == 1
