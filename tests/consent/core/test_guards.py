"""The database holds the states of a consent against whoever goes past the services."""

from itertools import product

import pytest
from django.db import Error, IntegrityError, connection, transaction

from consent import receipts, services
from consent.models import Consent, ConsentEvent
from registry.models import LedgerEntry
from tests.factories.consents import (
    AT,
    SIGNED_ON,
    ask,
    attest,
    attestation,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db

STATES = tuple(Consent.Status.values)
ARROWS = {
    ("requested", "granted"),
    ("requested", "declined"),
    ("requested", "expired"),
    ("granted", "withdrawn"),
    ("granted", "expired"),
    ("granted", "superseded"),
}
ENDED = ("declined", "withdrawn", "expired", "superseded")
TABLES = ("consent_consent", "consent_consentevent", "consent_consentbatch", "consent_showntext")


def sql(statement, values=()):
    """Run SQL as somebody with the database's password would, up to and including the checks at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def in_state(state):
    """A consent in a state, reached by the services."""
    resident, lender = make_resident(), make_lender()
    terms = {"resident": resident.id, "by": resident.by, "at": AT}
    if state == "requested":
        return ask(lender, resident.identity).id
    if state == "declined":
        request = ask(lender, resident.identity).id
        services.decline(consent_id=request, language="en", **terms)
        return request
    consent = granted(lender, resident)
    if state == "withdrawn":
        services.withdraw(consent_id=consent, **terms)
    if state == "superseded":
        services.narrow(consent_id=consent, language="en", categories=["identity"], **terms)
    if state == "expired":
        services.expire_due(at=days_later(31))
    return consent


@pytest.mark.parametrize(
    ("state", "later"), [pair for pair in product(STATES, STATES) if pair not in ARROWS], ids="-".join
)
def test_transition_that_the_model_does_not_have_is_refused_by_the_database(state, later):
    consent = in_state(state)
    ended = AT if later in ENDED else None
    with pytest.raises(Error, match=f"does not go from {state} to {later}"), transaction.atomic():
        sql("UPDATE consent_consent SET status = %s, ended_at = %s WHERE id = %s", [later, ended, consent])


@pytest.mark.parametrize(("state", "later"), sorted(ARROWS), ids="-".join)
def test_transition_without_its_event_is_refused_at_commit(state, later):
    consent = in_state(state)
    whole = ", resident_id = r.id, valid_from = now(), valid_until = now() + '1 day', how = 'self_service'"
    whole += ", decided_at = now(), text_id = (SELECT min(digest) FROM consent_showntext)"
    in_state("granted")  # so that there is some text
    with pytest.raises(Error, match="needs its event"), transaction.atomic():
        sql(
            "UPDATE consent_consent c SET status = %s, ended_at = %s, asked = NULL"
            + (whole if later == "granted" else "")
            + " FROM (SELECT id FROM registry_resident LIMIT 1) r WHERE c.id = %s",
            [later, AT if later in ENDED else None, consent],
        )


CHANGES = {
    "id": "gen_random_uuid()",
    "version": "2",
    "supersedes_id": "id",
    "resident_id": "NULL",
    "organisation_id": "(SELECT min(id::text)::uuid FROM registry_organisation WHERE id <> organisation_id)",
    "licence_id": "(SELECT min(id::text)::uuid FROM registry_licence WHERE id <> licence_id)",
    "kind": "'contribution'",
    "purpose": "'account_review'",
    "categories": "categories[2:]",
    "separate_categories": "'{}'",
    "mode": "'store'",
    '"fetch"': "'once'",
    "frequency_days": "1",
    "records_from": "'2020-01-01'",
    "records_until": "'2030-01-01'",
    "data_life_days": "9",
    "asked_days": "99",
    "asked_until": "'2030-01-01'",
    "valid_from": "valid_from - interval '1 day'",
    "valid_until": "valid_until + interval '1 day'",
    "how": "'assisted'",
    "place": "'desk'",
    "text_id": "NULL",
    "language": "'en'",
    "jurisdiction": "'EU'",
    "evidence_document": "'\\x00'",
    "evidence_signed_on": "'2026-01-01'",
    "evidence_method": "'paper'",
    "match_level": "'none'",
    "reference": "'another'",
    "reference_digest": "'\\x00'",
    "evidence_digest": "'\\x00'",
    "code_digest": "'\\x00'",
    "asked": "'\\x00'",
    "asked_digest": "'\\x00'",
    "suppressed": "true",
    "requested_at": "requested_at - interval '1 day'",
    "expires_at": "expires_at + interval '1 day'",
    "decided_at": "decided_at - interval '1 day'",
    "batch_id": "id",
    "leaf": "7",
}


def test_every_column_of_a_consent_is_tried():
    columns = {field.column for field in Consent._meta.concrete_fields}
    assert {column.strip('"') for column in CHANGES} == columns - {"status", "ended_at"}


@pytest.mark.parametrize("column", CHANGES)
def test_nothing_of_a_granted_consent_changes(column):
    consent = in_state("granted")
    in_state("requested")  # another organisation and licence
    with pytest.raises(Error, match="does not go from granted to granted"), transaction.atomic():
        sql(f"UPDATE consent_consent SET {column} = {CHANGES[column]} WHERE id = %s", [consent])


@pytest.mark.parametrize("column", CHANGES)
def test_nothing_else_of_a_consent_changes_with_its_withdrawal(column):
    consent = in_state("granted")
    in_state("requested")
    change = (
        f"UPDATE consent_consent SET status = 'withdrawn', ended_at = now(), {column} = {CHANGES[column]}"
    )
    with pytest.raises(Error, match="more of a consent would change"), transaction.atomic():
        sql(f"{change} WHERE id = %s", [consent])


def test_grant_of_more_than_was_asked_is_refused_by_the_database():
    consent = in_state("requested")
    wider = "UPDATE consent_consent SET status = 'granted', categories = categories || '{residence}'"
    with pytest.raises(Error, match="more categories than were asked for"), transaction.atomic():
        sql(f"{wider} WHERE id = %s", [consent])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("attempt", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_ever_deleted(table, attempt):
    in_state("granted")
    attested(make_furnisher(), make_resident())
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        sql(attempt.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "consent_consentevent SET language = 'en'",
        "consent_showntext SET body = ''",
        "consent_consentbatch SET size = 2",
    ],
)
def test_events_texts_and_batches_never_change(change):
    in_state("withdrawn")
    attested(make_furnisher(), make_resident())
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        sql(f"UPDATE {change}")


def copied(**changes):
    """SQL that inserts a copy of a consent with other values in some columns."""
    columns = [f'"{field.column}"' for field in Consent._meta.concrete_fields]
    values = {"id": "gen_random_uuid()", "code_digest": "NULL"} | changes
    chosen = ", ".join(values.get(column.strip('"'), column) for column in columns)
    names = ", ".join(columns)
    return f"INSERT INTO consent_consent ({names}) SELECT {chosen} FROM consent_consent WHERE id = %s"


@pytest.mark.parametrize(
    ("state", "changes", "reason"),
    [
        ("granted", {}, "a consent begins"),
        ("withdrawn", {}, "a consent begins"),
        (
            "requested",
            {"resident_id": "(SELECT min(id::text)::uuid FROM registry_resident)"},
            "a consent begins",
        ),
        ("granted", {"supersedes_id": "id", "version": "2"}, "a consent begins"),
        ("superseded", {"supersedes_id": "id", "version": "2"}, "consent_one_successor"),
        ("granted", {"how": "'furnisher_attested'"}, "consent_attested_with_evidence"),
        ("requested", {}, "needs its event"),
    ],
)
def test_consent_begins_only_as_the_model_has_it(state, changes, reason):
    consent = in_state(state)
    with pytest.raises(Error, match=reason), transaction.atomic():
        sql(copied(**changes), [consent])


def test_successor_of_a_superseded_consent_cannot_be_wider():
    consent = in_state("superseded")
    heir = {"supersedes_id": "id", "version": "2", "status": "'granted'", "ended_at": "NULL"}
    wider = copied(**heir, valid_until="valid_until + interval '1 day'")
    sql("DROP INDEX consent_one_successor")  # which it would meet first: there is a successor
    with pytest.raises(Error, match="a consent begins"), transaction.atomic():
        sql(wider, [consent])


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"text_id": "NULL"}, "consent_granted_whole"),
        ({"resident_id": "NULL"}, "consent_granted_whole"),
        ({"valid_until": "NULL", "valid_from": "NULL"}, "consent_granted_whole"),
        ({"categories": "'{}'", "separate_categories": "'{}'"}, "consent_granted_whole"),
        ({"valid_until": "valid_from"}, "consent_period_in_order"),
        ({"purpose": "'credit_application'"}, "consent_purpose_of_its_kind"),
        ({"separate_categories": "'{income}'"}, "consent_separate_within_categories"),
        ({"evidence_document": "NULL"}, "consent_attested_with_evidence"),
        ({"evidence_signed_on": "NULL"}, "consent_attested_with_evidence"),
        ({"evidence_method": "''"}, "consent_attested_with_evidence"),
        ({"asked": "'\\x00'"}, "consent_description_while_asked"),
        ({"ended_at": "now()"}, "consent_end_known"),
        ({"batch_id": "NULL"}, "consent_batch_attested"),
        ({"leaf": "NULL"}, "consent_batch_attested"),
        ({"evidence_digest": "NULL"}, "consent_batch_attested"),
        ({}, "consent_attested_once"),
    ],
)
def test_half_a_consent_is_refused_by_the_database(changes, constraint):
    consent = attested(make_furnisher(), make_resident(), signed_on=SIGNED_ON)
    with pytest.raises(Error, match=constraint), transaction.atomic():
        sql(copied(**changes), [consent])


def test_every_change_has_event_receipt_and_ledger_entry_of_one_act():
    consent = in_state("withdrawn")
    for event in ConsentEvent.objects.filter(consent=consent):
        members = receipts.verified(event.receipt)
        entry = LedgerEntry.objects.get(entry=event.ledger_entry)
        assert (members["receipt_id"], members["status"]) == (f"urn:uuid:{event.receipt_id}", event.state)
        assert entry.event == f"consent_{event.state}"
        assert bytes(event.receipt_hash).hex() in entry.body


@pytest.mark.parametrize("parent", ["organisation", "licence"])
def test_consent_needs_its_parents(parent):
    stranger = copied(**{f"{parent}_id": "gen_random_uuid()"})
    with pytest.raises(IntegrityError, match=f"no such {parent} for a consent"), transaction.atomic():
        sql(stranger, [in_state("requested")])


@pytest.mark.parametrize(
    ("parent", "change"), [("resident", "resident_id = gen_random_uuid()"), ("text", "text_id = 'none'")]
)
def test_decision_needs_its_parents(parent, change):
    decline = f"UPDATE consent_consent SET status = 'declined', ended_at = now(), asked = NULL, {change}"
    with pytest.raises(IntegrityError, match=f"no such {parent} for a consent"), transaction.atomic():
        sql(f"{decline} WHERE id = %s", [in_state("requested")])


@pytest.mark.parametrize("parent", ["resident", "organisation", "licence"])
def test_parent_of_a_consent_is_never_deleted(parent):
    consent = Consent.objects.get(id=attested(make_furnisher(), make_resident()))
    chosen = getattr(consent, f"{parent}_id")
    with pytest.raises(IntegrityError, match="DELETE refused: consents name this row"), transaction.atomic():
        sql(f"DELETE FROM registry_{parent} WHERE id = %s", [chosen])


@pytest.mark.parametrize("changes", [{"leaf": "1"}, {"batch_id": "gen_random_uuid()"}, {"leaf": "0"}])
def test_batch_takes_no_consent_but_its_own(changes):
    people = [make_resident() for _ in range(2)]
    consent = attest(make_furnisher(), *(attestation(each.id) for each in people))[0]
    late = copied(evidence_digest="'\\x00'", **changes)
    with pytest.raises(Error, match="a batch of consents comes whole or not at all"), transaction.atomic():
        sql(late, [consent])
