"""Webhooks at the desk: the secret is seen once, the log says how it went, and they are nobody else's."""

import re
import uuid

import pytest
from django.utils import timezone

from registry import webhooks
from registry.models import WebhookDelivery, WebhookEndpoint
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.receivers import receiver

pytestmark = pytest.mark.django_db
HOOKS, NEW = "/desk/webhooks", "/desk/webhooks/new"


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def listener():
    with receiver() as kept:
        yield kept


@pytest.fixture
def browser(employer):
    return signed_in(make_person("developer", employer.pk))


def secret_in(answer):
    found = re.findall(r"whsec_[A-Za-z0-9+/]{43}=", answer.content.decode().replace("&#x3D;", "="))
    return found[0] if found else None


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def named(browser, listener, **said):
    browser.post(NEW, {"url": listener.url} | said)
    return WebhookEndpoint.objects.latest("created_at")


def deliver_all():
    now = timezone.now()
    return [webhooks.deliver(delivery=each, at=now) for each in webhooks.wake(at=now)]


def test_webhook_is_added_its_secret_seen_once_and_a_test_is_signed_with_it(browser, listener):
    answer = browser.post(NEW, {"url": listener.url, "label": "payroll", "events": ["upload.finished"]})
    secret = secret_in(answer)
    assert "no-store" in answer["Cache-Control"]
    made = WebhookEndpoint.objects.get()
    own = f"{HOOKS}/{made.id}"
    assert "payroll" in text(browser.get(HOOKS))
    assert secret_in(browser.get(own)) is None
    assert browser.post(f"{own}/test")["Location"] == own
    assert "On its way" in text(browser.get(own))
    deliver_all()
    assert listener.verified(secret)["type"] == "test.ping"
    assert "Delivered (204)" in text(browser.get(own))


def test_message_is_sent_again_from_the_log(browser, listener):
    own = f"{HOOKS}/{named(browser, listener).id}"
    browser.post(f"{own}/test")
    deliver_all()
    again = f"{own}/deliveries/{WebhookDelivery.objects.get().id}/replay"
    assert again in text(browser.get(own))
    assert "Send this message again?" in text(browser.get(again))
    assert browser.post(again)["Location"] == own
    assert deliver_all() == ["delivered"]
    assert len(listener.got) == 2


def test_new_secret_is_seen_once(browser, listener):
    own = f"{HOOKS}/{named(browser, listener).id}"
    assert "Make a new secret?" in text(browser.get(f"{own}/rotate"))
    secret = secret_in(browser.post(f"{own}/rotate"))
    assert webhooks.opened(WebhookEndpoint.objects.get()).secrets[0][0] == secret


def test_webhook_is_switched_off_and_on_and_removed(browser, listener):
    made = named(browser, listener)
    own = f"{HOOKS}/{made.id}"
    browser.post(f"{own}/switch")
    assert "Switch it on" in text(browser.get(own))
    browser.post(f"{own}/switch")
    assert "Switch it off" in text(browser.get(own))
    assert "Remove this webhook?" in text(browser.get(f"{own}/remove"))
    assert browser.post(f"{own}/remove")["Location"] == HOOKS
    assert "No webhook yet" in text(browser.get(HOOKS))


@pytest.mark.parametrize("said", [{}, {"url": "nowhere"}, {"url": "https://a.example/", "events": ["x"]}])
def test_webhook_with_a_fault_is_not_added(browser, said):
    assert "Please look at this again" in text(browser.post(NEW, said))
    assert WebhookEndpoint.objects.count() == 0


def test_eleventh_webhook_is_refused_in_words(browser, listener):
    for _ in range(10):
        named(browser, listener)
    assert "as many webhooks as it may have" in text(browser.post(NEW, {"url": listener.url}))


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("developer", 200), ("clerk", 403), ("viewer", 403)]
)
def test_webhooks_are_for_owner_and_developer(employer, role, status):
    made, _secret = webhooks.add(
        organisation=employer.pk, url="https://a.example/", by="system:test", at=timezone.now()
    )
    browser = signed_in(make_person(role, employer.pk))
    assert [browser.get(path).status_code for path in (HOOKS, NEW, f"{HOOKS}/{made.id}")] == [status] * 3
    assert ('href="/desk/webhooks"' in browser.get("/desk/").content.decode()) == (status == 200)


def test_webhook_of_another_organisation_is_not_there(browser, listener):
    own = f"{HOOKS}/{named(browser, listener).id}"
    browser.post(f"{own}/test")
    again = f"{own}/deliveries/{WebhookDelivery.objects.get().id}/replay"
    stranger = signed_in(make_person("owner", make_furnisher().pk))
    answers = [
        stranger.get(own),
        stranger.post(f"{own}/test"),
        stranger.post(f"{own}/switch"),
        stranger.post(f"{own}/rotate"),
        stranger.post(f"{own}/remove"),
        stranger.get(again),
        stranger.post(again),
        browser.get(f"{HOOKS}/{uuid.uuid4()}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 8
    assert WebhookEndpoint.objects.count() == 1


def test_log_takes_the_same_queries_for_one_and_three_messages(
    browser, listener, django_assert_num_queries, django_assert_max_num_queries
):
    own = f"{HOOKS}/{named(browser, listener).id}"
    browser.post(f"{own}/test")
    deliver_all()
    browser.get(own)
    with django_assert_max_num_queries(14) as counted:
        browser.get(own)
    wanted = len(counted)
    for _ in range(2):
        browser.post(f"{own}/test")
    deliver_all()
    browser.get(own)
    with django_assert_num_queries(wanted):
        browser.get(own)
