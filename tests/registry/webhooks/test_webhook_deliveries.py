"""Webhooks over real HTTP, checked by the public library: told once, tried again, replayed, ended."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone

from registry import webhooks
from registry.models import LedgerEntry, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.webhooks import outbox, posting
from tests.factories.organisations import make_furnisher

pytestmark = pytest.mark.django_db
BY = "system:test"
UPLOAD = "0b6a0c1e-6f0f-4a53-9d3e-3a4d1f0e9a11"
DATA = {"upload": UPLOAD, "status": "done", "rows": 3, "accepted": 3}


@pytest.fixture
def named(listener):
    made, secret = webhooks.add(organisation=make_furnisher().pk, url=listener.url, by=BY, at=timezone.now())
    return made, secret


def tell(endpoint, event="upload.finished", data=None, at=None):
    given = DATA if data is None else data
    webhooks.tell(organisation=endpoint.organisation_id, event=event, data=given, at=at or timezone.now())
    return WebhookDelivery.objects.latest("created_at")


def deliver_all(at: datetime | None = None):
    now = at or timezone.now()
    return [webhooks.deliver(delivery=each, at=now) for each in webhooks.wake(at=now)]


def test_message_arrives_signed_and_whole(named, listener):
    endpoint, secret = named
    delivery = tell(endpoint)
    assert deliver_all() == ["delivered"]
    path, headers, _body = listener.got[0]
    assert (path, headers["Content-Type"]) == ("/hook?from=juxin", "application/json")
    assert headers["webhook-id"] == f"msg_{delivery.id.hex}"
    message = listener.verified(secret)
    moment = f"{delivery.created_at:%Y-%m-%dT%H:%M:%SZ}"
    assert message == {"type": "upload.finished", "timestamp": moment, "data": DATA}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("delivered", 1)
    assert [(one.outcome, one.status) for one in delivery.tries.all()] == [("delivered", 204)]


def test_nothing_is_told_twice(named, listener):
    delivery = tell(named[0])
    deliver_all()
    assert deliver_all() == []
    assert webhooks.deliver(delivery=delivery.id, at=timezone.now()) is None
    assert len(listener.got) == 1


def test_rolled_back_act_tells_nothing(named):
    with transaction.atomic():
        tell(named[0])
        transaction.set_rollback(True)
    assert webhooks.wake(at=timezone.now()) == []


def test_message_with_a_name_in_it_is_not_told(named):
    for data in ({"name": "张伟"}, {"upload": "张伟"}, {"status": "Zhang Wei"}, {"rows": "13800138000"}):
        with pytest.raises(ValueError, match="finished") as refused:
            tell(named[0], data=data)
        assert "张伟" not in str(refused.value)
    assert WebhookDelivery.objects.count() == 0


def test_only_events_asked_for_are_told(listener):
    organisation = make_furnisher().pk
    webhooks.add(
        organisation=organisation, url=listener.url, events=["upload.rejected"], by=BY, at=timezone.now()
    )
    told = [
        webhooks.tell(organisation=organisation, event=event, data={"upload": UPLOAD}, at=timezone.now())
        for event in ("upload.finished", "upload.rejected")
    ]
    assert told == [0, 1]


def test_other_organisations_are_not_told(named):
    told = webhooks.tell(
        organisation=make_furnisher().pk, event="upload.finished", data=DATA, at=timezone.now()
    )
    assert told == 0


def test_failed_tries_come_again_later_each_time_for_about_a_day(named, listener):
    listener.answers = [500]
    delivery, now = tell(named[0]), timezone.now()
    began, pauses = now, []
    while delivery.state == "queued":
        assert webhooks.deliver(delivery=delivery.id, at=now) == "refused"
        delivery.refresh_from_db()
        pauses.append(delivery.due_at - now)
        now = max(now, delivery.due_at)
    assert (delivery.state, len(listener.got)) == ("failed", len(outbox.PAUSES) + 1)
    assert all(early < late * 2 for early, late in pairwise(pauses[:-1]))
    assert timedelta(hours=18) < now - began < timedelta(hours=30)
    named[0].refresh_from_db()
    assert named[0].failing_since == began


def test_try_that_is_not_due_is_not_made(named, listener):
    listener.answers = [503]
    delivery = tell(named[0])
    deliver_all()
    assert webhooks.deliver(delivery=delivery.id, at=timezone.now()) is None
    assert len(listener.got) == 1


def test_receiver_that_asks_for_time_is_given_it(named, listener):
    listener.answers, listener.headers = [429], {"Retry-After": "600"}
    delivery, now = tell(named[0]), timezone.now()
    deliver_all(now)
    delivery.refresh_from_db()
    assert delivery.due_at == now + timedelta(seconds=600)


def test_receiver_that_is_back_gets_what_waited(named, listener):
    listener.answers = [500, 200]
    delivery, now = tell(named[0]), timezone.now()
    deliver_all(now)
    assert deliver_all(now + timedelta(seconds=7)) == ["delivered"]
    delivery.refresh_from_db()
    named[0].refresh_from_db()
    assert (delivery.attempts, named[0].failing_since) == (2, None)
    assert [headers["webhook-id"] for _path, headers, _body in listener.got] == [f"msg_{delivery.id.hex}"] * 2


def test_gone_disables_the_endpoint_and_says_so(named, listener):
    listener.answers = [410]
    first = tell(named[0])
    second = tell(named[0])
    now = timezone.now()
    assert webhooks.deliver(delivery=first.id, at=now) == "gone"
    assert webhooks.deliver(delivery=second.id, at=now) is None
    named[0].refresh_from_db()
    assert (named[0].disabled_at, named[0].disabled_for) == (now, "gone")
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    assert (
        webhooks.tell(organisation=named[0].organisation_id, event="upload.finished", data=DATA, at=now) == 0
    )
    said = json.loads(LedgerEntry.objects.get(event="credential_revoked").body)["details"]
    assert said == {"kind": "webhook", "webhook": str(named[0].id), "reason": "gone"}
    assert len(listener.got) == 1


def test_redirect_is_not_followed(named, listener):
    listener.answers, listener.headers = [307], {"Location": listener.url}
    tell(named[0])
    assert deliver_all() == ["redirected"]
    assert len(listener.got) == 1


def test_slow_drip_ends_in_time(named, listener, monkeypatch):
    monkeypatch.setattr(posting, "DEADLINE", 0.5)
    listener.drip = 0.05
    tell(named[0])
    assert deliver_all() == ["timed_out"]
    assert 400 < WebhookAttempt.objects.get().milliseconds < 3_000


def test_nobody_there_is_unreachable(named):
    webhooks.change(
        organisation=named[0].organisation_id,
        endpoint=named[0].id,
        changes={"url": "http://127.0.0.1:9/"},
        by=BY,
        at=timezone.now(),
    )
    tell(named[0])
    assert deliver_all() == ["unreachable"]


def test_both_secrets_sign_while_one_follows_the_other(named, listener):
    endpoint, former = named
    now = timezone.now()
    _made, newer = webhooks.rotate(organisation=endpoint.organisation_id, endpoint=endpoint.id, by=BY, at=now)
    tell(endpoint)
    deliver_all()
    assert listener.verified(former) == listener.verified(newer)
    endpoint.refresh_from_db()
    known = webhooks.opened(endpoint)
    assert known.signing(now) == [newer, former]
    assert known.signing(now + webhooks.OVERLAP) == [newer]


def test_replay_comes_again_under_the_same_id(named, listener):
    delivery = tell(named[0])
    deliver_all()
    webhooks.replay(
        organisation=named[0].organisation_id,
        endpoint=named[0].id,
        delivery=delivery.id,
        at=timezone.now(),
    )
    assert deliver_all() == ["delivered"]
    assert listener.got[0][1]["webhook-id"] == listener.got[1][1]["webhook-id"]
    assert listener.got[0][2] == listener.got[1][2]


def test_worker_that_died_leaves_its_delivery_to_the_sweep(named, listener):
    delivery, now = tell(named[0]), timezone.now()
    assert webhooks.wake(at=now) == [delivery.id]
    WebhookDelivery.objects.filter(id=delivery.id).update(held_until=now + outbox.HELD, attempts=1)
    assert webhooks.wake(at=now + timedelta(seconds=60)) == []
    later = now + outbox.HELD + timedelta(seconds=1)
    assert deliver_all(later) == ["delivered"]


def test_organisation_with_much_to_be_told_leaves_room_for_others(named, listener, settings):
    settings.WEBHOOKS_AT_ONCE = 50
    own, now = named[0].organisation_id, timezone.now()
    webhooks.add(organisation=own, url=listener.url, by=BY, at=now)
    other, _secret = webhooks.add(organisation=make_furnisher().pk, url=listener.url, by=BY, at=now)
    for _each in range(10):
        tell(named[0])
    last = tell(other)
    woken = webhooks.wake(at=timezone.now())
    assert (len(woken), last.id in woken) == (outbox.AT_ONCE + 1, True)


def test_slow_receivers_never_keep_more_workers_than_may_be(named, listener, settings):
    settings.WEBHOOKS_AT_ONCE = 2
    other, _secret = webhooks.add(
        organisation=make_furnisher().pk, url=listener.url, by=BY, at=timezone.now()
    )
    for _each in range(5):
        tell(named[0])
    last, now = tell(other), timezone.now()
    woken = webhooks.wake(at=now)
    assert (len(woken), last.id in woken) == (2, True)
    WebhookDelivery.objects.filter(id__in=woken).update(woken_until=None, held_until=now + outbox.HELD)
    assert webhooks.wake(at=now) == []
    WebhookDelivery.objects.filter(id=last.id).update(state="delivered", held_until=None)
    assert len(webhooks.wake(at=now)) == 1


def test_address_and_secret_are_sealed(named, listener):
    endpoint, secret = named
    row = bytes(WebhookEndpoint.objects.values_list("sealed", flat=True).get())
    assert (secret.encode() in row, b"/hook" in row) == (False, False)
    assert webhooks.opened(endpoint).url == listener.url
    assert secret not in repr(webhooks.opened(endpoint))


def test_removed_endpoint_takes_its_log_along(named):
    tell(named[0])
    webhooks.remove(organisation=named[0].organisation_id, endpoint=named[0].id, by=BY, at=timezone.now())
    assert (WebhookEndpoint.objects.count(), WebhookDelivery.objects.count()) == (0, 0)
    assert LedgerEntry.objects.filter(event="credential_revoked").count() == 1


def test_old_log_is_forgotten(named):
    tell(named[0])
    deliver_all()
    assert webhooks.forget(at=timezone.now() + outbox.KEPT - timedelta(hours=1)) == 0
    assert webhooks.forget(at=timezone.now() + outbox.KEPT + timedelta(hours=1)) == 1
