"""What whoever can write to the database can do with sealed values: nothing but be noticed.

Each attack on a stored value is met by the one typed error, and then nothing at all is shown: not the other
records of the profile, no trace of a read that gave nothing.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from registry import keys, report_store, residents
from registry.models import Identity, Inquiry, LedgerEntry, Record, ResidentKey
from registry.residents.resident_keys import open_keys
from registry.vault import KeyUnavailable, Place, SealBroken, open_sealed, seal
from tests.factories import residents as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def victim(furnisher: UUID) -> UUID:
    """A resident with three records."""
    who = make.make_resident(1, organisation=furnisher)
    records = [make.bill(who, f"2026-0{month}", f"8{month}.40") for month in (1, 2, 3)]
    make.store(*records, organisation=furnisher)
    return who


@pytest.fixture
def stranger(furnisher: UUID) -> UUID:
    """Another resident, whose first bill is as long as the victim's."""
    who = make.make_resident(2, organisation=furnisher)
    make.store(make.bill(who, "2026-01", "81.40"), organisation=furnisher)
    return who


def tamper(sql: str, *values: Any) -> None:
    """Change stored bytes as the tables' owner could."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount > 0, "the attack met no row"


def records_of(resident: UUID) -> list[Record]:
    return list(Record.objects.filter(resident=resident).order_by("period"))


def assert_nothing_is_shown(resident: UUID) -> None:
    """The profile does not open, and the attempt leaves no read behind."""
    before = LedgerEntry.objects.count()
    with pytest.raises(SealBroken) as raised:
        make.read(resident)
    assert raised.value.code == "seal_broken"
    assert "86.40" not in str(raised.value)
    assert (LedgerEntry.objects.count(), Inquiry.objects.count()) == (before, 0)


def test_untouched_profile_opens(victim: UUID) -> None:
    assert [record.fields["amount_due"] for record in make.read(victim).records] == [
        "81.40",
        "82.40",
        "83.40",
    ]
    assert Inquiry.objects.count() == 1


def test_record_swapped_with_another_row_of_the_same_resident_is_refused(victim: UUID) -> None:
    one, two, _three = records_of(victim)
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", bytes(one.sealed), two.id)
    assert_nothing_is_shown(victim)


def test_record_swapped_between_residents_is_refused(victim: UUID, stranger: UUID) -> None:
    mine, theirs = records_of(victim)[0], records_of(stranger)[0]
    assert len(mine.sealed) == len(theirs.sealed)
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", bytes(theirs.sealed), mine.id)
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", bytes(mine.sealed), theirs.id)
    assert_nothing_is_shown(victim)
    assert_nothing_is_shown(stranger)


def test_row_given_to_another_resident_is_refused(victim: UUID, stranger: UUID) -> None:
    tamper("UPDATE registry_record SET resident_id = %s WHERE resident_id = %s", stranger, victim)
    assert_nothing_is_shown(stranger)


def test_row_given_to_another_resident_with_the_key_is_refused(victim: UUID, stranger: UUID) -> None:
    """The wrapped key taken along does not unwrap for anybody else."""
    key = ResidentKey.objects.get(resident=victim)
    tamper(
        "UPDATE registry_residentkey SET wrapped = %s, shard = %s WHERE resident_id = %s",
        bytes(key.wrapped),
        key.shard,
        stranger,
    )
    tamper("UPDATE registry_record SET resident_id = %s WHERE resident_id = %s", stranger, victim)
    assert_nothing_is_shown(stranger)


def test_row_under_another_id_is_refused(victim: UUID) -> None:
    tamper("UPDATE registry_record SET id = %s WHERE id = %s", uuid4(), records_of(victim)[1].id)
    assert_nothing_is_shown(victim)


def test_identity_put_into_a_record_is_refused(victim: UUID) -> None:
    """Both are sealed under the same key: it is the table in the binding that tells them apart."""
    identity = Identity.objects.get(resident=victim)
    tamper("UPDATE registry_record SET sealed = %s WHERE resident_id = %s", bytes(identity.sealed), victim)
    assert_nothing_is_shown(victim)


def test_identity_put_into_a_record_of_the_same_id_is_refused(victim: UUID) -> None:
    identity = Identity.objects.get(resident=victim)
    row = records_of(victim)[0].id
    tamper(
        "UPDATE registry_record SET id = %s, sealed = %s WHERE id = %s",
        identity.id,
        bytes(identity.sealed),
        row,
    )
    assert_nothing_is_shown(victim)


def test_record_put_into_an_identity_is_refused(victim: UUID) -> None:
    record = records_of(victim)[0]
    tamper("UPDATE registry_identity SET sealed = %s WHERE resident_id = %s", bytes(record.sealed), victim)
    with pytest.raises(SealBroken):
        residents.contact(resident=victim)


def test_values_are_bound_to_the_places_that_are_documented(victim: UUID) -> None:
    """Table, row, resident and field, as docs/sealing.md names them."""
    key = open_keys([victim])[victim]
    identity, record = Identity.objects.get(resident=victim), records_of(victim)[0]
    person = open_sealed(key, identity.sealed, Place("registry_identity", identity.id, victim, "sealed"))
    fields = open_sealed(key, record.sealed, Place("registry_record", record.id, victim, "sealed"))
    assert make.person(1)["name"].encode() in person
    assert b'"amount_due":"81.40"' in fields


@pytest.mark.parametrize("table", ["registry_identity", "api_report", "registry_residentkey"])
def test_sound_record_sealed_for_another_table_is_refused(victim: UUID, table: str) -> None:
    row = records_of(victim)[0]
    key = open_keys([victim])[victim]
    text = open_sealed(key, row.sealed, Place("registry_record", row.id, victim, "sealed"))
    moved = seal(key, text, Place(table, row.id, victim, "sealed"))
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", moved, row.id)
    assert_nothing_is_shown(victim)


@pytest.mark.parametrize(
    "other", [{"field": "statement"}, {"resident": UUID(int=0)}, {"row": UUID(int=1)}], ids=str
)
def test_sound_record_sealed_for_another_place_is_refused(victim: UUID, other: dict[str, Any]) -> None:
    row = records_of(victim)[0]
    key, place = open_keys([victim])[victim], Place("registry_record", row.id, victim, "sealed")
    moved = seal(key, open_sealed(key, row.sealed, place), place._replace(**other))
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", moved, row.id)
    assert_nothing_is_shown(victim)


def test_wrapped_key_put_into_a_record_is_refused(victim: UUID) -> None:
    key = ResidentKey.objects.get(resident=victim)
    tamper("UPDATE registry_record SET sealed = %s WHERE resident_id = %s", bytes(key.wrapped), victim)
    assert_nothing_is_shown(victim)


def flip(at: int) -> Callable[[bytes], bytes]:
    def flipped(sealed: bytes) -> bytes:
        changed = bytearray(sealed)
        changed[at] ^= 1
        return bytes(changed)

    return flipped


ALTERATIONS: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda sealed: b"",
    "cut to the version": lambda sealed: sealed[:1],
    "cut into the nonce": lambda sealed: sealed[:9],
    "cut to the nonce": lambda sealed: sealed[:13],
    "cut within the shortest seal": lambda sealed: sealed[:28],
    "cut to the shortest seal": lambda sealed: sealed[:29],
    "last byte cut off": lambda sealed: sealed[:-1],
    "tag cut off": lambda sealed: sealed[:-16],
    "a byte added": lambda sealed: sealed + b"\0",
    "doubled": lambda sealed: sealed + sealed,
    "version 0": lambda sealed: b"\0" + sealed[1:],
    "version 2": lambda sealed: b"\2" + sealed[1:],
    "version taken off": lambda sealed: sealed[1:],
    "nonce changed": flip(1),
    "text changed at its start": flip(13),
    "text changed at its end": flip(-17),
    "tag changed": flip(-1),
    "all zero": lambda sealed: b"\1" + bytes(len(sealed) - 1),
}


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS)
def test_altered_record_is_refused(victim: UUID, change: Callable[[bytes], bytes]) -> None:
    row = records_of(victim)[1]
    tamper("UPDATE registry_record SET sealed = %s WHERE id = %s", change(bytes(row.sealed)), row.id)
    assert_nothing_is_shown(victim)


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS)
def test_altered_key_is_refused(victim: UUID, change: Callable[[bytes], bytes]) -> None:
    key = ResidentKey.objects.get(resident=victim)
    tamper(
        "UPDATE registry_residentkey SET wrapped = %s WHERE resident_id = %s",
        change(bytes(key.wrapped)),
        victim,
    )
    assert_nothing_is_shown(victim)


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS)
def test_altered_identity_is_refused(victim: UUID, change: Callable[[bytes], bytes]) -> None:
    identity = Identity.objects.get(resident=victim)
    tamper(
        "UPDATE registry_identity SET sealed = %s WHERE id = %s", change(bytes(identity.sealed)), identity.id
    )
    with pytest.raises(SealBroken):
        residents.display_name(resident=victim)
    with pytest.raises(SealBroken), transaction.atomic():
        residents.match(
            identities=[make.person(1, address="苏州")], organisation=None, references={}, at=make.AT
        )


def test_keys_swapped_between_residents_are_refused(victim: UUID, stranger: UUID) -> None:
    mine, theirs = (ResidentKey.objects.get(resident=who) for who in (victim, stranger))
    for key, other in ((mine, theirs), (theirs, mine)):
        tamper(
            "UPDATE registry_residentkey SET wrapped = %s, shard = %s WHERE resident_id = %s",
            bytes(other.wrapped),
            other.shard,
            key.resident_id,
        )
    assert_nothing_is_shown(victim)
    assert_nothing_is_shown(stranger)


def test_key_under_another_shard_is_refused(victim: UUID) -> None:
    tamper("UPDATE registry_residentkey SET shard = (shard + 1) %% 64 WHERE resident_id = %s", victim)
    assert_nothing_is_shown(victim)


def test_key_under_a_shard_version_that_never_was_is_refused(victim: UUID) -> None:
    tamper("UPDATE registry_residentkey SET shard_version = 9 WHERE resident_id = %s", victim)
    with pytest.raises(KeyUnavailable):
        make.read(victim)
    assert Inquiry.objects.count() == 0


def test_shard_keys_swapped_are_refused(victim: UUID) -> None:
    tamper(
        "UPDATE registry_shardkey a SET wrapped = b.wrapped FROM registry_shardkey b"
        " WHERE a.version = b.version AND b.shard = (a.shard + 1) %% 64"
    )
    keys.forget()
    with pytest.raises(KeyUnavailable):
        make.read(victim)
    keys.forget()


@pytest.mark.parametrize(
    ("column", "value"),
    [("type", "account"), ("type", "nothing_known"), ("category", "residence"), ("period", "2025-01")],
)
def test_column_beside_the_seal_that_chose_it_is_refused(victim: UUID, column: str, value: str) -> None:
    """Else a wage could be shown to whom only the residence is open, or a month outside the range."""
    row = records_of(victim)[0].id
    tamper(f"UPDATE registry_record SET {column} = %s WHERE id = %s", value, row)
    assert_nothing_is_shown(victim)


def test_kept_report_moved_to_another_row_or_resident_is_refused(victim: UUID, stranger: UUID) -> None:
    one, two = uuid4(), uuid4()
    kept = report_store.seal_report(report=one, resident=victim, body=b'{"score":640}')
    again = report_store.Again(make.lender().id, uuid4(), "credit_application", "case", ["income"], make.BY)

    def reopen(report: UUID, resident: UUID, sealed: bytes) -> bytes:
        with transaction.atomic():
            return report_store.read_again(
                reader=again, report=report, resident=resident, sealed=sealed, at=make.AT
            )

    for report, resident, sealed in ((two, victim, kept), (one, stranger, kept), (one, victim, kept[:-1])):
        with pytest.raises(SealBroken):
            reopen(report, resident, sealed)
    assert Inquiry.objects.count() == 0
    assert reopen(one, victim, kept) == b'{"score":640}'
    assert Inquiry.objects.count() == 1


def test_description_of_one_request_is_refused_in_another(victim: UUID) -> None:
    one, two = uuid4(), uuid4()
    asked = residents.seal_asked(request=one, identity=make.person(1))
    assert residents.match_level(request=one, sealed=asked, resident=victim) == "full"
    with pytest.raises(SealBroken):
        residents.match_level(request=two, sealed=asked, resident=victim)


def test_stored_rows_hold_nothing_readable(victim: UUID, furnisher: UUID) -> None:
    """The same scan finds what is planted in the clear, so it could find a leak."""
    who = make.person(1)
    words = [who["name"], who["id_number"], who["mobile"], "81.40", "water"]
    assert found_in_tables(words) == set()
    make.make_organisation(name=who["name"])
    assert found_in_tables(words) == {who["name"]}


def found_in_tables(words: list[str]) -> set[str]:
    """Which of these words stand in any column of any table, as text or as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found: set[str] = set()
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text = "\n".join(row for (row,) in cursor.fetchall())
            found |= {word for word in words if word in text or word.encode().hex() in text}
    return found
