"""The operator's pages: what each role sees and does, with entries in the ledger for what is done."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from registry.accounts import licences
from registry.console.verification import verify_and_remember
from registry.ledger import sequence
from registry.models import LedgerEntry, Licence, LicenceDecision, Membership, Organisation
from tests.factories.ledger import unguarded
from tests.factories.organisations import (
    BY,
    credit_code,
    make_furnisher,
    make_key,
    make_person,
    make_staff,
    membership_of,
    signed_in,
)

pytestmark = pytest.mark.django_db

ORGANISATIONS = "/console/organisations"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def newest_event():
    return LedgerEntry.objects.order_by("-id").values_list("event", flat=True).first()


def application(kind="employer"):
    organisation = make_furnisher(kind, licensed=False)
    today = timezone.localdate()
    return licences.apply(
        organisation=organisation.pk,
        role="furnisher",
        categories=["income"],
        valid_from=today,
        valid_until=today + timedelta(days=90),
        by=BY,
        at=timezone.now(),
    )


def test_overview_says_whether_all_is_well_and_what_waits(live_broker):
    application()
    page = text(signed_in(make_staff()).get("/console/"))
    assert "Everything answers." in page
    assert re.search(r"Licences applied for</dt><dd class=\"stat-value\"><a [^>]+>1<", page)


def test_organisation_is_registered_by_an_operator():
    browser = signed_in(make_staff())
    posted = {"name": "顺达物流", "kind": "employer", "credit_code": credit_code()}
    answer = browser.post(f"{ORGANISATIONS}/new", posted)
    made = Organisation.objects.get()
    assert answer["Location"] == f"{ORGANISATIONS}/{made.pk}"
    assert newest_event() == "organisation_registered"
    assert "already" in text(browser.post(f"{ORGANISATIONS}/new", posted))


@pytest.mark.parametrize("changes", [{"credit_code": "1" * 18}, {"name": ""}, {"kind": "church"}])
def test_organisation_with_a_fault_comes_back(changes):
    posted = {"name": "顺达物流", "kind": "employer", "credit_code": credit_code()} | changes
    page = text(signed_in(make_staff()).post(f"{ORGANISATIONS}/new", posted))
    assert "Please look at this again" in page
    assert Organisation.objects.count() == 0


def test_licence_goes_from_application_to_its_end_in_the_console():
    browser, organisation = signed_in(make_staff()), make_furnisher(licensed=False)
    today = timezone.localdate()
    answer = browser.post(
        f"{ORGANISATIONS}/{organisation.pk}/licences/new",
        {"role": "furnisher", "categories": ["income", "employment"], "number_policy": "accept_with_warning",
         "valid_from": today, "valid_until": today + timedelta(days=365)},
    )  # fmt: skip
    licence = Licence.objects.get()
    assert answer["Location"] == f"/console/organisations/licences/{licence.pk}"
    steps = [("grant", "examined"), ("suspend", "breach"), ("resume", "resolved"), ("end", "own_wish")]
    for act, reason in steps:
        posted = {"reason": reason, "note": f"why {act}"}
        assert browser.post(f"/console/organisations/licences/{licence.pk}/{act}", posted).status_code == 302
    page = text(browser.get(f"/console/organisations/licences/{licence.pk}"))
    assert [note for note in ("why grant", "why suspend", "why resume", "why end") if note not in page] == []
    statuses = LicenceDecision.objects.values_list("status", flat=True)
    assert list(statuses) == ["applied", "active", "suspended", "active", "ended"]
    assert (licence.number_policy, newest_event()) == ("accept_with_warning", "licence_ended")


@pytest.mark.parametrize("reason", ["", "own_wish", "nonsense"])
def test_act_on_a_licence_needs_a_reason_that_fits(reason):
    licence = application()
    page = text(
        signed_in(make_staff()).post(
            f"/console/organisations/licences/{licence.pk}/grant", {"reason": reason}
        )
    )
    assert "Please look at this again" in page
    assert Licence.objects.get().status == "applied"


def test_act_that_comes_too_late_changes_nothing():
    licence = application()
    browser = signed_in(make_staff())
    posted = {"reason": "examined"}
    assert browser.post(f"/console/organisations/licences/{licence.pk}/grant", posted).status_code == 302
    assert browser.post(f"/console/organisations/licences/{licence.pk}/grant", posted).status_code == 409
    assert LedgerEntry.objects.filter(event="licence_granted").count() == 1


def test_unknown_things_are_not_found():
    licence = application()
    browser, nothing = signed_in(make_staff()), uuid.uuid4()
    paths = [
        f"{ORGANISATIONS}/{nothing}",
        f"/console/organisations/licences/{nothing}",
        f"/console/organisations/licences/{licence.pk}/burn",
    ]
    assert [browser.get(path).status_code for path in paths] == [404] * 3


@pytest.mark.parametrize("role", ["reviewer", "compliance"])
def test_other_staff_look_and_change_nothing(role):
    licence = application()
    browser, organisation = signed_in(make_staff(role)), licence.organisation_id
    for path in (
        ORGANISATIONS,
        f"{ORGANISATIONS}/{organisation}",
        f"/console/organisations/licences/{licence.pk}",
    ):
        page = text(browser.get(path))
        words = ("Register one", "Enter an application", "Add a member", "Grant the licence")
        assert [word for word in words if word in page] == []
    acts = [
        f"{ORGANISATIONS}/new",
        f"{ORGANISATIONS}/{organisation}/licences/new",
        f"{ORGANISATIONS}/{organisation}/members/new",
        f"/console/organisations/licences/{licence.pk}/grant",
    ]
    assert [browser.post(path, {"reason": "examined"}).status_code for path in acts] == [403] * 4
    assert Licence.objects.get().status == "applied"


@pytest.mark.parametrize("role", ["owner", "clerk", "developer", "viewer"])
def test_console_is_closed_to_members(role):
    browser = signed_in(make_person(role, make_furnisher().pk))
    paths = ["/console/", ORGANISATIONS, "/console/links", "/console/ledger", "/console/admin/"]
    assert [browser.get(path).status_code for path in paths] == [403] * 5


def test_member_is_added_and_removed_by_an_operator():
    browser, organisation = signed_in(make_staff()), make_furnisher()
    posted = {"email": "new@example.org", "name": "陈晓", "role": "owner"}
    browser.post(f"{ORGANISATIONS}/{organisation.pk}/members/new", posted)
    member = Membership.objects.get(organisation=organisation)
    make_key(organisation.pk)
    page = text(browser.get(f"{ORGANISATIONS}/{organisation.pk}"))
    assert [word for word in ("new@example.org", "Owner", "jx_") if word not in page] == []
    remove = f"{ORGANISATIONS}/{organisation.pk}/members/{member.user_id}/remove"
    assert browser.post(remove).status_code == 409  # the last owner
    second = make_person("owner", organisation.pk, second_factor=False)
    assert browser.post(remove).status_code == 302
    assert membership_of(second).role == "owner"
    assert newest_event() == "member_removed"


def test_search_finds_names_and_credit_codes():
    found, other = make_furnisher(licensed=False), make_furnisher("utility", licensed=False)
    Organisation.objects.filter(pk=other.pk).update(name="市自来水公司", name_en="City Water")
    browser = signed_in(make_staff())
    for search in (found.name, found.credit_code, found.credit_code.lower(), "shunda"):
        page = text(browser.get(ORGANISATIONS, {"q": search}))
        assert (found.name in page, "City Water" in page) == (True, False)
    assert "Nothing found" in text(browser.get(ORGANISATIONS, {"q": "no such name"}))


def test_list_of_organisations_takes_the_same_queries_for_one_and_three(
    django_assert_num_queries, django_assert_max_num_queries
):
    browser = signed_in(make_staff())
    make_furnisher()
    with django_assert_max_num_queries(12) as counted:
        browser.get(ORGANISATIONS)
    for _ in range(2):
        make_furnisher()
    with django_assert_num_queries(len(counted)):
        browser.get(ORGANISATIONS)


def test_page_of_an_organisation_takes_the_same_queries_for_one_and_three_members(
    django_assert_num_queries, django_assert_max_num_queries
):
    browser, organisation = signed_in(make_staff()), make_furnisher()
    make_person("owner", organisation.pk, second_factor=False)
    with django_assert_max_num_queries(14) as counted:
        browser.get(f"{ORGANISATIONS}/{organisation.pk}")
    for _ in range(2):
        make_person("clerk", organisation.pk, second_factor=False)
    with django_assert_num_queries(len(counted)):
        browser.get(f"{ORGANISATIONS}/{organisation.pk}")


def test_ledger_page_shows_head_size_and_the_last_verification():
    application()
    sequence(at=timezone.now())
    browser = signed_in(make_staff("compliance"))
    assert "Not yet. A verification recomputes" in text(browser.get("/console/ledger"))
    found = verify_and_remember(at=timezone.now())
    page = text(browser.get("/console/ledger"))
    assert found.leaves > 0
    assert [word for word in (found.root, "— testserver/ledger", "Last verified") if word not in page] == []
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_ledger_page_says_what_does_not_hold():
    application()
    sequence(at=timezone.now())
    with unguarded("ledgerentry") as cursor:
        cursor.execute(
            "UPDATE registry_ledgerentry SET body = replace(body, 'licence_applied', 'licence_granted')"
        )
    found = verify_and_remember(at=timezone.now())
    page = text(signed_in(make_staff()).get("/console/ledger"))
    assert ("index" in found.fault, "The ledger does not hold" in page) == (True, True)
    cache.clear()


def test_verification_is_left_to_a_worker(live_broker):
    answer = signed_in(make_staff()).post("/console/ledger/verify", follow=True)
    assert "A worker recomputes the ledger now." in text(answer)


@pytest.mark.parametrize(
    "path",
    [
        "organisations/new",
        "organisations/{0}/licences/new",
        "organisations/{0}/members/new",
        "organisations/licences/{1}/grant",
        "ledger/verify",
    ],
)
def test_posting_needs_the_token_of_the_page(path):
    licence = application()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(make_staff()).cookies
    page = "/console/" + path.format(licence.organisation_id, licence.pk)
    assert strict.post(page, {"reason": "examined"}).status_code == 403
    assert Licence.objects.get().status == "applied"
