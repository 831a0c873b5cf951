"""Erasing a person: consents end with receipts, requests for her run out, nothing opens to her any more."""

from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from consent import queries, services
from consent.models import Consent, ConsentEvent
from consent.receipts import verified
from registry import keys, messages, report_store, residents
from registry.errors import Conflict, NotFound
from registry.ledger.errors import EntryRefused
from registry.models import LedgerEntry, Message, Record, Resident, ResidentKey
from registry.residents.resident_keys import open_keys
from registry.vault import Place, SealBroken, open_sealed
from tests.factories.consents import (
    AT,
    BY,
    Known,
    ask,
    attested,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
    new_identity,
    store_bills,
)
from tests.factories.readable import readable

pytestmark = pytest.mark.django_db


@pytest.fixture
def her() -> Known:
    """Somebody of whom everything is on file that can be: identity, records, consents, requests, messages."""
    known = make_resident()
    residents.claim(
        mobile=known.identity["mobile"],
        name=known.identity["name"],
        document=known.identity["id_number"],
        by=BY,
        method="code",
        at=AT,
    )
    furnisher = make_furnisher()
    store_bills(furnisher, known, attested(furnisher, known, mobile=known.identity["mobile"]))
    granted(make_lender(), known)
    messages.queue(kind="sign_in_code", mobile=f"+86 {known.identity['mobile']}", text="493817", at=AT)
    return known


def erase(who: Known, **terms: Any) -> None:
    services.erase(**{"resident": who.id, "by": BY, "reason": "resident_asked", "at": AT} | terms)


def requests_for(who: Known) -> list[UUID]:
    """Open requests by her number, by name and mobile, and one that no longer reaches her."""
    said = who.identity
    lender = make_lender()
    declined = ask(lender, said).id
    services.decline(consent_id=declined, resident=who.id, language="en", by=who.by, at=AT)
    suppressed = ask(lender, said).id
    assert Consent.objects.get(id=suppressed).suppressed
    by_mobile = ask(make_lender(), {"name": said["name"], "mobile": said["mobile"]}).id
    return [ask(make_lender(), said).id, by_mobile, suppressed]


def test_nothing_is_left_that_opens_to_name_number_or_mobile(her: Known) -> None:
    requests_for(her)
    said = {her.identity[name] for name in ("name", "id_number", "mobile")}
    assert readable(said) == said
    erase(her)
    assert readable(said) == set()
    assert Message.objects.count() == 0


def test_kept_report_does_not_open_any_more(her: Known) -> None:
    report = uuid4()
    sealed = report_store.seal_report(report=report, resident=her.id, body=b"{}")
    erase(her)
    with pytest.raises(keys.KeyDestroyed):
        report_store.seal_report(report=report, resident=her.id, body=b"{}")
    for key in open_keys(Resident.objects.values_list("id", flat=True)).values():
        with pytest.raises(SealBroken):
            open_sealed(key, sealed, Place("api_report", report, her.id, "sealed"))


def test_consents_end_with_a_receipt_that_says_why(her: Known) -> None:
    erase(her)
    assert set(Consent.objects.values_list("status", flat=True)) == {"withdrawn"}
    events = list(ConsentEvent.objects.filter(state="withdrawn"))
    assert len(events) == 2
    said = [verified(event.receipt)["event"] for event in events]
    assert [(each["by"], each["reason"], "how" in each) for each in said] == [
        ("system", "resident_asked", False)
    ] * 2
    assert set(Record.objects.values_list("status", "sealed")) == {("erased", b"")}


def test_lenders_see_open_requests_as_expired(her: Known) -> None:
    wanted = requests_for(her)
    erase(her)
    for request in Consent.objects.filter(id__in=wanted).select_related("organisation"):
        standing = queries.asked(request_id=request.id, organisation=request.organisation_id, at=AT)
        assert (standing.state, standing.consent_id) == ("expired", None)
        event = ConsentEvent.objects.get(consent=request, state="expired")
        assert (event.by, event.at) == (BY, AT)
        assert LedgerEntry.objects.get(entry=event.ledger_entry).event == "consent_expired"


def test_requests_and_messages_for_others_stay(her: Known) -> None:
    other = make_resident()
    theirs = [ask(make_lender(), other.identity).id, ask(make_lender(), new_identity()).id]
    kept = messages.queue(kind="sign_in_code", mobile=other.identity["mobile"], text="1", at=AT)
    consent = granted(make_lender(), other)
    erase(her)
    assert set(Consent.objects.filter(id__in=theirs).values_list("status", flat=True)) == {"requested"}
    assert Consent.objects.get(id=consent).status == "granted"
    assert list(Message.objects.values_list("id", flat=True)) == [kept]


def test_erasure_takes_what_was_asked_of_the_whole_cluster(her: Known) -> None:
    other = make_resident()
    request = ask(make_lender(), other.identity).id
    messages.queue(kind="consent_attested", mobile=other.identity["mobile"], text="1", at=AT)
    residents.merge(resident=other.id, into=her.id, by=BY, reasons=["same_person"], at=AT)
    erase(her)
    assert Consent.objects.get(id=request).status == "expired"
    assert Message.objects.count() == 0


def test_message_that_does_not_open_keeps_nobody_from_being_erased(her: Known) -> None:
    Message.objects.filter(kind="consent_attested").update(sealed=b"altered")
    erase(her)
    assert Resident.objects.get(id=her.id).status == "erased"


def test_erasure_that_is_refused_ends_nothing(her: Known) -> None:
    wanted = requests_for(her)
    before = Message.objects.count()
    with pytest.raises(EntryRefused):
        erase(her, reason="Ms Lin asked")
    assert set(Consent.objects.filter(id__in=wanted).values_list("status", flat=True)) == {"requested"}
    assert Consent.objects.filter(status="granted").count() == 2
    assert Message.objects.count() == before
    assert ResidentKey.objects.filter(resident=her.id, wrapped__isnull=False).exists()


def test_erasure_twice_and_of_nobody_is_refused(her: Known) -> None:
    erase(her)
    with pytest.raises(Conflict):
        erase(her)
    with pytest.raises(NotFound):
        erase(her, resident=uuid4())


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("erase_resident", *arguments, stdout=out)
        return out.getvalue()

    def test_command_erases_and_names_who(self, her: Known) -> None:
        (request, *_) = requests_for(her)
        assert self.run(str(her.id), "--reason", "court_order", "--yes") == f"Erased: {her.id}\n"
        assert Resident.objects.get(id=her.id).status == "erased"
        assert LedgerEntry.objects.filter(event="key_destroyed").count() == 1
        assert Consent.objects.get(id=request).status == "expired"

    def test_command_asks_for_the_id_again(self, her: Known, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("builtins.input", lambda prompt: "yes")
        with pytest.raises(CommandError, match="Nothing was erased"):
            self.run(str(her.id), "--reason", "court_order")
        assert Resident.objects.get(id=her.id).status == "active"

    @pytest.mark.parametrize("reason", ["Mr Wang asked", "13800000001"])
    def test_command_takes_no_words_for_a_reason(self, her: Known, reason: str) -> None:
        with pytest.raises(CommandError):
            self.run(str(her.id), "--reason", reason, "--yes")
        assert Resident.objects.get(id=her.id).status == "active"

    def test_command_for_nobody_or_for_the_erased_says_so(self, her: Known) -> None:
        with pytest.raises(CommandError, match="no such resident"):
            self.run(str(uuid4()), "--reason", "court_order", "--yes")
        erase(her)
        with pytest.raises(CommandError, match="erased before"):
            self.run(str(her.id), "--reason", "court_order", "--yes")
