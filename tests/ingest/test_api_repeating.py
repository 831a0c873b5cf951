"""Idempotency-Key on everything that makes something: once, the same answer, nothing else, not meanwhile."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.utils import timezone

from ingest import services
from ingest.errors.requests import RequestInProgress
from ingest.models import KeptAnswer
from registry.errors import IdempotencyKeyReused, InvalidRequest
from registry.models import Record
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import evidence, person, wage

RECORDS, CONSENTS = "/api/v1/records:batch", "/api/v1/consents"


def batch(*numbers):
    return {"type": "wage", "records": [wage(number) for number in numbers]}


@pytest.mark.django_db
def test_same_key_and_body_give_the_same_answer(machine):
    first = machine.post(RECORDS, batch(1, 2), Idempotency_Key="night-1")
    again = machine.post(RECORDS, batch(1, 2), Idempotency_Key="night-1")
    assert first.content == again.content
    assert (first.get("Idempotent-Replay"), again["Idempotent-Replay"]) == (None, "true")
    assert [one["outcome"] for one in again.json()["results"]] == ["accepted"] * 2
    assert Record.objects.count() == 2


@pytest.mark.django_db
def test_same_key_with_another_body_is_refused(machine):
    machine.post(RECORDS, batch(1), Idempotency_Key="night-1")
    other = machine.post(RECORDS, batch(2), Idempotency_Key="night-1")
    elsewhere = machine.post(CONSENTS, batch(1), Idempotency_Key="night-1")
    assert [(one.status_code, one.json()["code"]) for one in (other, elsewhere)] == [
        (422, "idempotency_key_reused")
    ] * 2
    assert Record.objects.count() == 1


@pytest.mark.django_db
def test_key_of_another_organisation_is_another_key(machine, make_machine):
    machine.post(RECORDS, batch(1), Idempotency_Key="night-1")
    answer = make_machine("employer").post(RECORDS, batch(1), Idempotency_Key="night-1")
    assert (answer.status_code, answer.get("Idempotent-Replay")) == (200, None)


@pytest.mark.django_db
def test_failed_request_frees_its_key(machine):
    refused = machine.post(RECORDS, {"type": "nothing", "records": [{}]}, Idempotency_Key="night-1")
    assert refused.status_code == 422
    assert machine.post(RECORDS, batch(1), Idempotency_Key="night-1").status_code == 200


@pytest.mark.django_db
def test_key_that_is_too_long_is_refused(machine):
    answer = machine.post(RECORDS, batch(1), Idempotency_Key="x" * 256)
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.django_db
def test_consents_under_one_key_are_attested_once(machine):
    said = person(1) | {name.removeprefix("consent_"): value for name, value in evidence(1).items() if value}
    body = {"consents": [said | {"categories": ["employment", "identity"]}]}
    first = machine.post(CONSENTS, body, Idempotency_Key="c-1")
    again = machine.post(CONSENTS, body, Idempotency_Key="c-1")
    assert first.json()["results"][0]["outcome"] == "granted"
    assert first.content == again.content


@pytest.mark.django_db
def test_kept_answer_is_sealed_and_gone_after_a_day(machine):
    machine.post(RECORDS, batch(1), Idempotency_Key="night-1")
    kept = KeptAnswer.objects.get()
    assert b"accepted" not in bytes(kept.sealed)
    assert services.forget_answers(at=kept.created_at + timedelta(hours=23)) == 0
    assert services.forget_answers(at=kept.created_at + timedelta(hours=25)) == 1


@pytest.mark.django_db
def test_key_may_be_used_again_after_a_day(machine):
    machine.post(RECORDS, batch(1), Idempotency_Key="night-1")
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert machine.post(RECORDS, batch(2), Idempotency_Key="night-1").status_code == 200


def ask(organisation, act, request=b"x", at=None):
    return services.once(
        organisation=organisation, key="k", request=request, act=act, at=at or timezone.now()
    )


def done():
    return services.Answer(200, {"done": True}, {})


@pytest.mark.django_db(transaction=True)
def test_second_request_hears_that_the_first_is_on():
    organisation = make_furnisher().pk
    begun, go_on = Event(), Event()

    def slow():
        begun.set()
        assert go_on.wait(20)
        return done()

    def first():
        try:
            ask(organisation, slow)
        finally:
            connection.close()

    thread = Thread(target=first)
    thread.start()
    assert begun.wait(20)
    with pytest.raises(RequestInProgress):
        ask(organisation, done)
    with pytest.raises(IdempotencyKeyReused):
        ask(organisation, done, request=b"y")
    go_on.set()
    thread.join()
    assert ask(organisation, done) == services.Answer(200, {"done": True}, {}, again=True)


@pytest.mark.django_db
def test_request_whose_process_died_is_done_by_the_next():
    organisation, now = make_furnisher().pk, timezone.now()

    class Killed(BaseException):
        pass

    def die():
        kept = KeptAnswer.objects.get()
        kept.pk = None
        raise Killed

    with pytest.raises(Killed):
        ask(organisation, die, at=now)
    ask(organisation, done, at=now)
    KeptAnswer.objects.update(status=None, sealed=None)
    with pytest.raises(RequestInProgress):
        ask(organisation, done, at=now + timedelta(minutes=4))
    assert ask(organisation, done, at=now + timedelta(minutes=6)).again is False


@pytest.mark.django_db
def test_act_that_fails_together_with_its_answer_is_undone():
    organisation = make_furnisher().pk

    def act():
        make_furnisher()
        raise InvalidRequest

    before = type(make_furnisher()).objects.count()
    with pytest.raises(InvalidRequest):
        services.once(
            organisation=organisation, key="k", request=b"", act=act, at=timezone.now(), together=True
        )
    assert type(make_furnisher()).objects.count() == before + 1
    assert KeptAnswer.objects.count() == 0
