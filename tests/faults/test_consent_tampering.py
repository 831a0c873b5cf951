"""Whoever owns the database can change consents, events and batches. Verification says which.

The scene: a batch of five attested consents, one of which was withdrawn, a batch of one, and a lender's
consent that was asked for, granted and narrowed.
"""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from consent import services
from consent.models import Consent, ConsentBatch, ConsentEvent
from consent.receipts import batches
from consent.services.verifying import verify_consents
from registry.ledger import LedgerBroken, sequence, verify
from registry.ledger.anchored import verify_anchored
from tests.factories.consents import (
    AT,
    attest,
    attestation,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db

TABLES = ("consent", "consentevent", "consentbatch", "showntext")


@pytest.fixture
def scene() -> dict[str, UUID]:
    """Ids of consents: `first` and `other` of one batch, `withdrawn` of it too, `alone`, and `access`."""
    furnisher, people = make_furnisher(), [make_resident() for _ in range(5)]
    ids = attest(furnisher, *(attestation(each.id) for each in people))
    alone = attest(make_furnisher(), attestation(people[0].id, reference=""))[0]
    services.withdraw(consent_id=ids[2], resident=people[2].id, by=people[2].by, at=AT)
    access = granted(make_lender(), people[1])
    services.narrow(
        consent_id=access,
        resident=people[1].id,
        language="en",
        by=people[1].by,
        at=AT,
        categories=["identity"],
    )
    return {"first": ids[0], "other": ids[4], "withdrawn": ids[2], "alone": alone, "access": access}


def tamper(statement: str, *values: Any) -> None:
    """Change exactly one row past all guards, as the owner of the tables can."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE consent_{table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        for table in TABLES:
            cursor.execute(f"ALTER TABLE consent_{table} ENABLE TRIGGER USER")


def found() -> str:
    """What verification calls the fault."""
    with pytest.raises(LedgerBroken) as broken:
        verify_consents()
    return broken.value.detail


def test_untouched_tables_hold(scene: dict[str, UUID]) -> None:
    assert verify_consents() == ["Consents verified: 6 attested in 2 batches, 5 events of others."]
    assert verify_anchored() == verify_consents()
    sequence(at=AT)
    assert verify().leaves > 0


ATTESTED = {
    "id": "gen_random_uuid()",
    "version": "2",
    "resident_id": "(SELECT id FROM registry_resident WHERE id <> resident_id LIMIT 1)",
    "organisation_id": "(SELECT id FROM registry_organisation WHERE id <> organisation_id LIMIT 1)",
    "licence_id": "(SELECT id FROM registry_licence WHERE id <> licence_id LIMIT 1)",
    "categories": "categories || '{income}'",
    "separate_categories": "'{utility_payments}'",
    "mode": "'view'",
    '"fetch"': "'once'",
    "frequency_days": "7",
    "records_from": "'2020-01-01'",
    "records_until": "'2030-01-01'",
    "data_life_days": "9",
    "asked_days": "9",
    "asked_until": "'2030-01-01'",
    "valid_from": "valid_from - interval '1 day'",
    "valid_until": "valid_until + interval '1 day'",
    "place": "'desk'",
    "text_id": "(SELECT digest FROM consent_showntext WHERE digest <> text_id LIMIT 1)",
    "language": "'en'",
    "jurisdiction": "'EU'",
    "evidence_document": "sha256('another')",
    "evidence_signed_on": "evidence_signed_on - 1",
    "evidence_method": "'hearsay'",
    "match_level": "'full'",
    "reference": "'R-1'",
    "reference_digest": "decode(repeat('ab', 16), 'hex')",
    "evidence_digest": "decode(repeat('ab', 16), 'hex')",
    "code_digest": "decode(repeat('ab', 16), 'hex')",
    "asked": "'\\x00'",
    "asked_digest": "'\\x00'",
    "suppressed": "true",
    "requested_at": "requested_at - interval '1 day'",
    "expires_at": "now()",
    "decided_at": "decided_at - interval '1 day'",
    "leaf": "7",
}
# A constraint alone stands in the way of these.
FREED = {"separate_categories": "", "asked": "consent_description_while_asked"}


@pytest.mark.parametrize("column", ATTESTED)
def test_changed_attested_consent_is_named(scene: dict[str, UUID], column: str) -> None:
    if FREED.get(column):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE consent_consent DROP CONSTRAINT {FREED[column]}")
    tamper(f"UPDATE consent_consent SET {column} = {ATTESTED[column]} WHERE id = %s", scene["first"])
    fault = found()
    assert "not as it was attested" in fault or "is not whole" in fault
    assert column in ("id", "leaf") or str(scene["first"]) in fault


def test_every_other_column_is_held_by_events_or_constraints() -> None:
    columns = {field.column for field in Consent._meta.concrete_fields}
    told = {column.strip('"') for column in ATTESTED}
    assert columns - told == {"status", "ended_at", "batch_id", "how", "kind", "purpose", "supersedes_id"}


@pytest.mark.parametrize("which", ["first", "access", "withdrawn"])
def test_consent_put_into_another_state_is_named(scene: dict[str, UUID], which: str) -> None:
    state = "granted" if which in ("access", "withdrawn") else "withdrawn"
    ended = AT if state == "withdrawn" else None
    tamper("UPDATE consent_consent SET status = %s, ended_at = %s WHERE id = %s", state, ended, scene[which])
    assert found() == f"consent {scene[which]} is not in the state of its events"


def test_end_put_elsewhere_is_named(scene: dict[str, UUID]) -> None:
    tamper(
        "UPDATE consent_consent SET ended_at = ended_at - interval '1 day' WHERE id = %s", scene["withdrawn"]
    )
    assert found() == f"consent {scene['withdrawn']} is not in the state of its events"


def test_withdrawal_taken_back_with_its_event_is_named(scene: dict[str, UUID]) -> None:
    tamper("DELETE FROM consent_consentevent WHERE consent_id = %s", scene["withdrawn"])
    tamper("UPDATE consent_consent SET status = 'granted', ended_at = NULL WHERE id = %s", scene["withdrawn"])
    assert found() == "what the entry tells of (consent_withdrawn) is gone"


def test_withdrawal_put_before_the_grant_is_named(scene: dict[str, UUID]) -> None:
    """The newest event tells the state: another order of the same events would take a decision back."""
    granted, ended = ConsentEvent.objects.filter(consent=scene["access"], state__in=("granted", "superseded"))
    move = "UPDATE consent_consentevent SET id = %s WHERE id = %s"
    for new, old in ((-1, granted.pk), (granted.pk, ended.pk), (ended.pk, -1)):
        tamper(move, new, old)
    tamper("UPDATE consent_consent SET status = 'granted', ended_at = NULL WHERE id = %s", scene["access"])
    assert found() == f"consent {scene['access']} is not in the state of its events"


@pytest.mark.parametrize("which", ["first", "alone"])
def test_removed_attested_consent_is_named(scene: dict[str, UUID], which: str) -> None:
    batch = Consent.objects.get(id=scene[which]).batch_id
    tamper("DELETE FROM consent_consent WHERE id = %s", scene[which])
    assert found() in (f"batch {batch} is not whole", f"batch {batch} has lost its consents")


def test_consent_slipped_in_without_any_act_is_named(scene: dict[str, UUID]) -> None:
    columns = ", ".join(f'"{field.column}"' for field in Consent._meta.concrete_fields)
    values = {
        '"id"': "gen_random_uuid()",
        '"evidence_digest"': "NULL",
        '"batch_id"': "NULL",
        '"leaf"': "NULL",
    }
    chosen = ", ".join(values.get(column, column) for column in columns.split(", "))
    tamper(
        f"INSERT INTO consent_consent ({columns}) SELECT {chosen} FROM consent_consent WHERE id = %s",
        scene["first"],
    )
    assert found().endswith("is not in the state of its events")


BATCH = {
    "by": "'client:intruder'",
    "at": "at - interval '1 day'",
    "size": "4",
    "shared": "replace(shared, '市自来水公司', '市燃气公司')",
    "leaves": "set_byte(leaves, 40, 255 - get_byte(leaves, 40))",
    "root": "sha256('another')",
    "signed_root": "overlay(signed_root placing 'AAAA' from length(signed_root) - 20)",
    "ledger_entry": "gen_random_uuid()",
    "organisation_id": "(SELECT id FROM registry_organisation WHERE id <> organisation_id LIMIT 1)",
}


@pytest.mark.parametrize("column", BATCH)
def test_changed_batch_is_named(scene: dict[str, UUID], column: str) -> None:
    batch = Consent.objects.get(id=scene["first"]).batch_id
    tamper(f"UPDATE consent_consentbatch SET {column} = {BATCH[column]} WHERE id = %s", batch)
    fault = found()
    assert str(batch) in fault or "is not as it was attested" in fault


def test_removed_batch_is_named(scene: dict[str, UUID]) -> None:
    batch = Consent.objects.get(id=scene["alone"]).batch_id
    tamper("DELETE FROM consent_consentbatch WHERE id = %s", batch)
    tamper("DELETE FROM consent_consent WHERE id = %s", scene["alone"])
    assert found() == "what the entry tells of (consents_attested) is gone"


def test_consent_whose_batch_is_gone_is_named(scene: dict[str, UUID]) -> None:
    tamper("DELETE FROM consent_consentbatch WHERE id = %s", Consent.objects.get(id=scene["alone"]).batch_id)
    assert found() == "what the entry tells of (consents_attested) is gone"


def test_batch_rebuilt_and_signed_anew_over_a_changed_consent_is_named(scene: dict[str, UUID]) -> None:
    """With the database and the key of receipts in hand: the ledger holds the root of before."""
    tamper("UPDATE consent_consent SET evidence_document = sha256('forged') WHERE id = %s", scene["alone"])
    consent = Consent.objects.select_related("batch", "organisation", "text").get(id=scene["alone"])
    batch = consent.batch
    assert batch is not None
    forged = batches.signed_batch(
        batch.id, batches.leaf_hashes([batches.content_of(consent, batch, 0)]), batch.at
    )
    tamper(
        "UPDATE consent_consentbatch SET leaves = %s, root = %s, signed_root = %s WHERE id = %s",
        *(forged.leaves, forged.root, forged.signed_root, batch.id),
    )
    assert found() == f"batch {batch.id} is not the one in the ledger"


ANOTHER = "FROM consent_consentevent e WHERE e.id <> consent_consentevent.id LIMIT 1"
EVENT = {
    "consent_id": "(SELECT id FROM consent_consent WHERE status = 'granted' AND leaf = 0 LIMIT 1)",
    "state": "'expired'",
    "at": "at - interval '1 day'",
    "by": "'resident:intruder'",
    "how": "'assisted'",
    "place": "'desk'",
    "text_id": "NULL",
    "language": "'xx'",
    "receipt_id": "gen_random_uuid()",
    "receipt": f"(SELECT receipt {ANOTHER})",
    "receipt_hash": "sha256('another')",
    "ledger_entry": f"(SELECT e.ledger_entry {ANOTHER})",
}


@pytest.mark.parametrize("column", EVENT)
def test_changed_event_is_named(scene: dict[str, UUID], column: str) -> None:
    event = ConsentEvent.objects.get(consent=scene["withdrawn"])
    tamper(f"UPDATE consent_consentevent SET {column} = {EVENT[column]} WHERE id = %s", event.pk)
    assert found().startswith(f"event {event.pk} of consent ")


def test_every_column_of_events_and_batches_is_tried() -> None:
    assert {field.column for field in ConsentEvent._meta.concrete_fields} - EVENT.keys() == {
        "id"
    }  # moved above
    assert {field.column for field in ConsentBatch._meta.concrete_fields} - BATCH.keys() == {"id"}


def test_removed_event_is_named(scene: dict[str, UUID]) -> None:
    tamper("DELETE FROM consent_consentevent WHERE consent_id = %s AND state = 'requested'", scene["access"])
    assert found() == "what the entry tells of (consent_requested) is gone"


@pytest.mark.parametrize("column", ["categories", "resident_id", "valid_until", "records_from", "licence_id"])
def test_changed_consent_of_a_lender_is_named(scene: dict[str, UUID], column: str) -> None:
    new = Consent.objects.get(supersedes=scene["access"]).id
    tamper(f"UPDATE consent_consent SET {column} = {ATTESTED[column]} WHERE id = %s", new)
    assert found().endswith(f"of consent {new}: its consent is not as its receipt says")


def test_changed_text_is_named(scene: dict[str, UUID]) -> None:
    text = Consent.objects.get(id=scene["first"]).text_id
    tamper("UPDATE consent_showntext SET body = body || ' ' WHERE digest = %s", text)
    assert found() == f"the shown text {text} was changed"
