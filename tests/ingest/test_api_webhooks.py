"""Webhooks by REST, delivered over real HTTP and checked by the public library."""

import uuid

import pytest
from django.utils import timezone

from registry import webhooks
from registry.models import WebhookEndpoint
from tests.factories.receivers import receiver

pytestmark = pytest.mark.django_db
HOOKS = "/api/v1/webhooks"


@pytest.fixture
def machine(make_machine):
    return make_machine("employer", "webhooks", "uploads")


@pytest.fixture
def listener():
    with receiver() as kept:
        yield kept


def deliver_all():
    now = timezone.now()
    return [webhooks.deliver(delivery=each, at=now) for each in webhooks.wake(at=now)]


def named(machine, listener, **said):
    answer = machine.post(HOOKS, {"url": listener.url} | said)
    assert answer.status_code == 201
    return answer.json()


def test_endpoint_is_named_and_its_secret_is_shown_once(machine, listener):
    answer = machine.post(HOOKS, {"url": listener.url, "events": ["upload.finished"], "label": "payroll"})
    made = answer.json()
    assert answer["Location"] == f"{HOOKS}/{made['id']}"
    assert made.pop("secret").startswith("whsec_")
    assert machine.get(answer["Location"]).json() == made
    assert machine.get(HOOKS).json() == {"webhooks": [made]}
    assert (made["events"], made["disabled"], made["url"]) == (["upload.finished"], False, listener.url)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "url"),
        ({"url": 5}, "url"),
        ({"url": "nowhere"}, "url"),
        ({"url": "https://example.org/", "events": ["x"]}, "events"),
        ({"url": "https://example.org/", "events": "x"}, "events"),
        ({"url": "https://example.org/", "events": 5}, "events"),
        ({"url": "https://example.org/", "events": [5]}, "events"),
        ({"url": "https://example.org/", "label": "\ud800"}, "label"),
        ({"url": "https://example.org/", "\ud800": 1}, "?"),
        ({"url": "https://example.org/", "label": "x" * 81}, "label"),
        ({"url": "https://example.org/", "disabled": True}, "disabled"),
        ([], ""),
    ],
)
def test_endpoint_with_a_fault_is_not_made(machine, said, field):
    answer = machine.post(HOOKS, said)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field
    assert WebhookEndpoint.objects.count() == 0


def test_test_button_sends_a_ping_and_the_log_says_how_it_went(machine, listener):
    made = named(machine, listener, events=["upload.rejected"])
    sent = machine.post(f"{HOOKS}/{made['id']}/test", {})
    assert (sent.status_code, sent.json()["state"]) == (202, "queued")
    assert deliver_all() == ["delivered"]
    assert listener.verified(made["secret"])["type"] == "test.ping"
    log = machine.get(f"{HOOKS}/{made['id']}/deliveries").json()
    assert log["next_cursor"] is None
    [one] = log["deliveries"]
    assert (one["id"], one["state"], one["event"], one["data"]) == (
        sent.json()["id"],
        "delivered",
        "test.ping",
        {},
    )
    assert [(each["outcome"], each["status"]) for each in one["tries"]] == [("delivered", 204)]


def test_log_comes_by_pages_the_newest_first(machine, listener):
    made = named(machine, listener)
    sent = [machine.post(f"{HOOKS}/{made['id']}/test", {}).json()["id"] for _ in range(3)]
    log = f"{HOOKS}/{made['id']}/deliveries?limit=2"
    first = machine.get(log).json()
    rest = machine.get(f"{log}&cursor={first['next_cursor']}").json()
    assert [one["id"] for one in (*first["deliveries"], *rest["deliveries"])] == sent[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x"])
def test_odd_page_is_refused(machine, listener, query):
    made = named(machine, listener)
    assert machine.get(f"{HOOKS}/{made['id']}/deliveries?{query}").status_code == 422


def test_replay_sends_it_once_more(machine, listener):
    made = named(machine, listener)
    sent = machine.post(f"{HOOKS}/{made['id']}/test", {}).json()["id"]
    deliver_all()
    again = machine.post(f"{HOOKS}/{made['id']}/deliveries/{sent}/replay", {})
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    deliver_all()
    assert len(listener.got) == 2
    assert listener.got[0][1]["webhook-id"] == listener.got[1][1]["webhook-id"]


def test_rotation_gives_a_new_secret_that_signs_beside_the_old_one(machine, listener):
    made = named(machine, listener)
    turned = machine.post(f"{HOOKS}/{made['id']}/rotate", {}).json()
    machine.post(f"{HOOKS}/{made['id']}/test", {})
    deliver_all()
    assert turned["secret"] != made["secret"]
    assert listener.verified(made["secret"]) == listener.verified(turned["secret"])


def test_endpoint_is_changed_switched_off_and_removed(machine, listener):
    one = f"{HOOKS}/{named(machine, listener)['id']}"
    changed = machine.patch(one, {"events": ["upload.cancelled"], "disabled": True}).json()
    assert (changed["events"], changed["disabled"], changed["disabled_for"]) == (
        ["upload.cancelled"],
        True,
        "own_wish",
    )
    assert machine.patch(one, {"disabled": False}).json()["disabled"] is False
    assert machine.patch(one, {"disabled": "no"}).status_code == 422
    assert (machine.delete(one).status_code, machine.get(one).status_code) == (204, 404)


def test_other_organisations_endpoint_is_not_there(machine, make_machine, listener):
    made = named(machine, listener)
    sent = machine.post(f"{HOOKS}/{made['id']}/test", {}).json()["id"]
    stranger = make_machine("utility", "webhooks")
    one = f"{HOOKS}/{made['id']}"
    answers = [
        stranger.get(one),
        stranger.patch(one, {"label": "x"}),
        stranger.delete(one),
        stranger.get(f"{one}/deliveries"),
        stranger.post(f"{one}/rotate", {}),
        stranger.post(f"{one}/test", {}),
        stranger.post(f"{one}/deliveries/{sent}/replay", {}),
        machine.post(f"{one}/deliveries/{uuid.uuid4()}/replay", {}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 8
    assert stranger.get(HOOKS).json() == {"webhooks": []}


def test_key_without_the_scope_is_refused(make_machine):
    assert make_machine("employer", "uploads").get(HOOKS).json()["code"] == "scope_missing"


def test_eleventh_endpoint_is_refused(machine, listener):
    for _ in range(10):
        named(machine, listener)
    answer = machine.post(HOOKS, {"url": listener.url})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


def test_same_key_gives_the_same_secret_and_one_endpoint(machine, listener):
    first = machine.post(HOOKS, {"url": listener.url}, Idempotency_Key="hook-1")
    again = machine.post(HOOKS, {"url": listener.url}, Idempotency_Key="hook-1")
    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert (again["Location"], again["Idempotent-Replay"]) == (first["Location"], "true")
    assert WebhookEndpoint.objects.count() == 1
