"""Where a webhook may go, and where it may not however it is written."""

import socket

import pytest
from django.utils import timezone

from registry import webhooks
from registry.errors import InvalidRequest
from registry.models import WebhookAttempt
from registry.webhooks import addresses, posting
from tests.factories.organisations import make_furnisher

BY = "system:test"


@pytest.fixture
def strict(settings):
    settings.WEBHOOKS_TO_THIS_MACHINE = False


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https:///hook",
        "https://user:secret@example.org/",
        "https://example.org/#x",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/\r\nX: y",
        "https://例子.cn/",
        "https://" + "a" * 500 + ".org/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[fd00::1]/",
        "https://[fec0::1]/",
    ],
)
def test_address_that_may_not_be_used(strict, url):
    with pytest.raises(InvalidRequest):
        addresses.require_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/", "https://example.org:8443/a?b=c", "https://93.184.216.34/"]
)
def test_address_that_may_be_used(strict, url):
    assert addresses.require_url(url).secure


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("0.1.2.3", False),
        ("100.64.0.1", False),
        ("172.16.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert addresses.is_public(address) == public


def test_name_that_leads_home_is_not_followed(strict):
    with pytest.raises(addresses.NotPublic):
        addresses.resolve(addresses.require_url("https://localhost/"))


def named(monkeypatch, *answers):
    """Have look-ups of any name give these addresses, the first time the first of them and so on."""
    left = list(answers)

    def look_up(_host, port, **_how):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_name_with_one_private_address_among_public_ones_is_not_followed(strict, monkeypatch):
    named(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(addresses.NotPublic):
        addresses.resolve(addresses.require_url("https://partner.example/"))


def test_connection_goes_where_the_look_up_led_whatever_the_name_says_next(strict, monkeypatch):
    called = []

    def connect(address, **_how):
        called.append(address)
        raise ConnectionRefusedError

    named(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", connect)
    went = posting.post(addresses.require_url("https://partner.example/"), b"{}", {})
    assert (went.outcome, called) == ("unreachable", [("93.184.216.34", 443)])


@pytest.mark.django_db
def test_delivery_into_our_own_network_is_refused_when_it_is_sent(strict, settings):
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    made, _secret = webhooks.add(
        organisation=make_furnisher().pk, url="https://localhost:8443/", by=BY, at=timezone.now()
    )
    settings.WEBHOOKS_TO_THIS_MACHINE = False
    webhooks.ping(organisation=made.organisation_id, endpoint=made.id, at=timezone.now())
    with socket.create_server(("127.0.0.1", 0)):
        outcomes = [
            webhooks.deliver(delivery=each, at=timezone.now()) for each in webhooks.wake(at=timezone.now())
        ]
    assert outcomes == ["address_not_public"]
    assert WebhookAttempt.objects.get().status is None
