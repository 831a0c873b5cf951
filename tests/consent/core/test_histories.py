"""The states of a consent: random histories against a model of it."""

from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from consent import queries, services
from consent.errors import AlreadyDecided, RequestGone
from consent.models import Consent
from consent.services.verifying import verify_consents
from registry.errors import RegistryError
from tests.factories.consents import (
    AT,
    ask,
    attested,
    grant,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db

STATES = tuple(Consent.Status.values)
ENDED = ("declined", "withdrawn", "expired", "superseded")


class Histories(RuleBasedStateMachine):
    """Random acts on the consents of one resident; `model` holds each consent's states so far, in order."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.at = AT
        self.resident, self.furnisher = make_resident(), make_furnisher()
        self.model, self.ends = {}, {}

    def teardown(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def state(self, consent):
        return self.model[consent][-1]

    def over(self, consent):
        return self.at >= self.ends[consent]

    def expect(self, works, act, refusals=(AlreadyDecided, RequestGone, RegistryError)):
        """Whether an act that should work did, or one that should not was refused."""
        try:
            with transaction.atomic():
                act()
        except refusals:
            assert not works
        else:
            assert works
        return works

    @rule()
    def ask(self):
        request = ask(make_lender(), self.resident.identity, at=self.at)
        self.model[request.id], self.ends[request.id] = ["requested"], request.expires_at

    @rule(days=st.integers(0, 20))
    def attest(self, days):
        until = (self.at + timedelta(days=days)).date()
        # Two on one day with another document each: both stand, unless one signed before was withdrawn.
        consent = attested(self.furnisher, self.resident, at=self.at, signed_on=self.at.date(), until=until)
        if consent not in self.model:
            self.model[consent] = ["granted"]
            self.ends[consent] = Consent.objects.get(id=consent).valid_until

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def grant(self, data):
        consent = data.draw(st.sampled_from(list(self.model)))
        request = services.Asked(consent, "requested", self.ends[consent], "", "")
        works = self.state(consent) == "requested" and not self.over(consent)
        if self.expect(works, lambda: grant(request, self.resident, at=self.at)):
            self.model[consent].append("granted")
            self.ends[consent] = self.at + timedelta(days=30)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def decline(self, data):
        consent = data.draw(st.sampled_from(list(self.model)))
        works = self.state(consent) == "requested" and not self.over(consent)
        terms = {"language": "en", "by": self.resident.by, "at": self.at}
        if self.expect(
            works, lambda: services.decline(consent_id=consent, resident=self.resident.id, **terms)
        ):
            self.model[consent].append("declined")

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def withdraw(self, data):
        consent = data.draw(st.sampled_from(list(self.model)))
        terms = {"by": self.resident.by, "at": self.at}
        if self.expect(
            self.state(consent) == "granted",
            lambda: services.withdraw(consent_id=consent, resident=self.resident.id, **terms),
        ):
            self.model[consent].append("withdrawn")

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def narrow(self, data):
        consent = data.draw(st.sampled_from(list(self.model)))
        row = Consent.objects.get(id=consent)
        terms = {"language": "en", "by": self.resident.by, "at": self.at, "categories": row.categories[:1]}
        works = row.kind == "access" and self.state(consent) == "granted" and not self.over(consent)
        if self.expect(
            works, lambda: services.narrow(consent_id=consent, resident=self.resident.id, **terms)
        ):
            new = Consent.objects.get(supersedes=consent).id
            self.model[consent].append("superseded")
            self.model[new], self.ends[new] = ["granted"], self.ends[consent]

    @rule(days=st.integers(1, 12))
    def wait(self, days):
        self.at += timedelta(days=days)

    @rule()
    def sweep(self):
        due = [
            each for each in self.model if self.state(each) in ("requested", "granted") and self.over(each)
        ]
        assert services.expire_due(at=self.at) == len(due)
        for consent in due:
            self.model[consent].append("expired")

    @precondition(lambda self: self.model)
    @rule(data=st.data(), later=st.sampled_from(STATES))
    def go_past_us(self, data, later):
        consent = data.draw(st.sampled_from(list(self.model)))
        ended = self.at if later in ENDED else None
        past = "UPDATE consent_consent SET status = %s, ended_at = %s, asked = NULL WHERE id = %s"
        self.expect(False, lambda: run_and_check(past, [later, ended, consent]), refusals=(Error,))

    @invariant()
    def database_agrees(self):
        rows = Consent.objects.values_list("id", "status")
        assert dict(rows) == {consent: states[-1] for consent, states in self.model.items()}
        consents = Consent.objects.select_related("batch").prefetch_related("events")
        events = {each.id: [event.state for event in queries.history(each)] for each in consents}
        assert events == self.model
        verify_consents()


def run_and_check(statement, values):
    """Run SQL up to and including what is checked at commit."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_random_histories_leave_the_database_in_the_states_of_the_model():
    fast = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Histories, settings=fast)
