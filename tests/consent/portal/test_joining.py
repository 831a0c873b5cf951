"""Following a furnisher's invitation: strangers read who asks, residents decide, nothing is ticked before."""

import re

import pytest
from django.utils import timezone

from consent import services
from consent.models import Consent
from tests.consent.portal.visits import make_account, signed_in, visitor
from tests.factories.consents import BY, Known, make_furnisher

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers() -> Known:
    return make_account()


@pytest.fixture
def browser(hers, settings):
    return signed_in(hers, settings)


@pytest.fixture
def invitation():
    furnisher = make_furnisher("employer")
    return services.invite(
        organisation=furnisher.organisation_id,
        licence=furnisher.id,
        categories=["income", "employment"],
        by=BY,
        at=timezone.now(),
    )


def path(invitation):
    return f"/join/{invitation.code}"


def answer(browser, invitation, **form):
    page = browser.get(path(invitation)).content.decode()
    shown = re.search(r'name="text_hash" value="(\w+)"', page)[1]
    days = re.findall(r'name="days" value="(\d+)"', page)[-1]
    return browser.post(path(invitation), {"answer": "grant", "text_hash": shown, "days": days} | form)


def test_stranger_reads_who_asks_and_is_led_to_sign_in(invitation):
    page = visitor().get(path(invitation)).content.decode()
    assert "City Water asks to furnish information about you" in page
    assert f"/sign-in?next=/join/{invitation.code}" in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]


def test_stranger_cannot_answer(invitation):
    answered = visitor().post(path(invitation), {"categories": ["identity", "employment"], "days": "30"})
    assert (answered.status_code, Consent.objects.count()) == (403, 0)


def test_unknown_and_revoked_invitations_look_alike(invitation):
    services.revoke_invitation(
        organisation=invitation.organisation_id, invitation=invitation.id, by=BY, at=timezone.now()
    )
    pages = [visitor().get(each) for each in (path(invitation), "/join/AAAAA-BBBBB-CCCCC", "/join/x")]
    assert [page.status_code for page in pages] == [410] * 3
    assert (
        len({re.sub(r'nonce="[^"]*"|value="[^"]*"|/join/[^"]*', "", page.content.decode()) for page in pages})
        == 1
    )


def test_nothing_is_ticked_beforehand(browser, invitation):
    assert "checked" not in browser.get(path(invitation)).content.decode().split("<main")[1]


def test_resident_agrees_to_a_part(browser, hers, invitation):
    answered = answer(browser, invitation, categories=["identity", "employment"])
    consent = Consent.objects.get()
    assert answered["Location"] == f"/consents/{consent.id}"
    assert (consent.kind, consent.resident_id, set(consent.categories)) == (
        "contribution",
        hers.id,
        {"identity", "employment"},
    )


def test_income_is_asked_for_on_a_page_of_its_own(browser, invitation):
    first = answer(browser, invitation, categories=["identity", "income"])
    page = first.content.decode()
    assert (first.status_code, Consent.objects.count()) == (200, 0)
    assert "may furnish" in page
    fields = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)
        for name in ("categories", "days", "text_hash", "apart")
    }
    browser.post(path(invitation), {**fields, "answer": "grant", "tick": "1"})
    assert Consent.objects.get().separate_categories == ["income"]


@pytest.mark.parametrize(
    ("categories", "said"),
    [([], "Tick at least one"), (["employment"], "Tick who you are"), (["identity"], "beside who you are")],
)
def test_answer_that_keeps_nothing_is_explained(browser, invitation, categories, said):
    answered = answer(browser, invitation, categories=categories)
    assert (answered.status_code, Consent.objects.count()) == (422, 0)
    assert said in answered.content.decode()


def test_second_answer_says_that_it_stands(browser, invitation):
    answer(browser, invitation, categories=["identity", "employment"])
    again = answer(browser, invitation, categories=["identity", "employment"])
    assert (again.status_code, Consent.objects.count()) == (409, 1)
    assert "may furnish this already" in again.content.decode()


def test_invitation_reads_in_chinese(invitation):
    page = visitor(language="zh-hans").get(path(invitation)).content.decode()
    assert "请您同意提供您的信息" in page
