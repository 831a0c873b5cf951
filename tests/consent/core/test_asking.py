"""A lender asks: what is kept, what is refused, and that the answer never tells who is known."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import codes, queries, services
from consent.errors import RequestGone, TooManyRequests, WrongPerson
from consent.models import Consent
from registry.errors import InvalidRequest, LicenceRequired, NotFound
from tests.factories.consents import AT, ask, days_later, grant, make_lender, make_resident, new_identity

pytestmark = pytest.mark.django_db


def decline(request, resident, *, at=AT):
    """The resident says no."""
    services.decline(consent_id=request.id, resident=resident.id, language="en", by=resident.by, at=at)


def standing(request, lender, *, at=AT):
    """What the lender is told."""
    return queries.asked(request_id=request.id, organisation=lender.organisation_id, at=at)


def test_request_comes_with_a_code_and_a_link(settings):
    settings.BASE_URL = "https://juxin.example"
    asked = ask(make_lender(), new_identity())
    assert re.fullmatch(r"[2-9A-HJ-KM-NP-Z]{5}(-[2-9A-HJ-KM-NP-Z]{5}){2}", asked.code)
    assert asked.link == f"https://juxin.example/r/{asked.code}"
    assert (asked.state, asked.expires_at) == ("requested", days_later(14))


def test_codes_carry_more_than_60_bits_and_nothing_ambiguous():
    assert len(codes.ALPHABET) ** (codes.GROUPS * codes.GROUP) > 2**60
    assert set(codes.ALPHABET) & set("01OIL") == set()
    assert len({codes.new_code() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: f" {code.replace('-', ' ')} "])
def test_code_is_found_however_it_is_typed(typed):
    asked = ask(make_lender(), new_identity())
    assert queries.request_by_code(code=typed(asked.code)).id == asked.id


def test_code_that_was_never_given_out_finds_nothing():
    ask(make_lender(), new_identity())
    with pytest.raises(NotFound):
        queries.request_by_code(code=codes.new_code())


def test_neither_code_nor_description_can_be_read_in_the_database():
    identity = new_identity()
    asked = ask(make_lender(), identity)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM consent_consent c WHERE id = %s", [asked.id])
        row = cursor.fetchone()[0].encode()
    row += bytes(Consent.objects.get(id=asked.id).asked)
    secrets = [asked.code, asked.code.replace("-", ""), *identity.values()]
    assert [each for each in secrets if each.encode() in row] == []


def shape(lender, identity):
    """The statements of a request, without their values, and what its answer looks like."""
    with CaptureQueriesContext(connection) as made:
        asked = ask(lender, identity)
    values = r"'[^']*'(::\w+)?|\b\d+\b|\s+|\btrue\b|\bfalse\b|_x\d+"
    statements = [re.sub(values, " ", query["sql"]) for query in made]
    told = standing(asked, lender)
    return statements, len(asked.code), told.state, told.consent_id, told.expires_at


def test_known_unknown_and_lately_declined_people_look_the_same_to_the_lender():
    lender, resident, refuser = make_lender(), make_resident(), make_resident()
    shape(lender, new_identity())  # opens the keys
    decline(ask(lender, refuser.identity), refuser)
    shapes = [shape(lender, each) for each in (resident.identity, new_identity(), refuser.identity)]
    assert shapes[0] == shapes[1] == shapes[2]
    assert shapes[0][1:] == (17, "requested", None, days_later(14))


def test_request_after_a_decline_is_never_seen_and_expires():
    lender, resident = make_lender(), make_resident()
    decline(ask(lender, resident.identity), resident)
    again = ask(lender, resident.identity, at=days_later(29))
    with pytest.raises(RequestGone):
        grant(again, resident, at=days_later(29))
    assert queries.waiting_for(resident=resident.id, at=days_later(29)) == []
    assert standing(again, lender, at=days_later(42)).state == "requested"
    assert standing(again, lender, at=days_later(43)).state == "expired"


def test_request_after_a_decline_looks_to_strangers_like_any_other():
    lender, resident, stranger = make_lender(), make_resident(), make_resident()
    decline(ask(lender, resident.identity), resident)
    with pytest.raises(WrongPerson):
        grant(ask(lender, resident.identity), stranger)


def test_decline_binds_for_the_days_of_the_jurisdiction():
    lender, resident = make_lender(), make_resident()
    decline(ask(lender, resident.identity), resident)
    later = days_later(30)
    assert grant(ask(lender, resident.identity, at=later), resident, at=later)


def test_decline_binds_one_organisation_alone():
    resident = make_resident()
    decline(ask(make_lender(), resident.identity), resident)
    assert grant(ask(make_lender(), resident.identity), resident)


def test_the_same_person_is_asked_ten_times_in_thirty_days_at_most():
    lender, identity = make_lender(), new_identity()
    for _ in range(10):
        ask(lender, identity)
    with pytest.raises(TooManyRequests):
        ask(lender, identity, at=days_later(29))
    assert ask(lender, identity, at=days_later(30)).state == "requested"
    assert ask(lender, new_identity()).state == "requested"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"purpose": "curiosity"}, "purpose"),
        ({"purpose": "own_access", "days": 1}, "purpose"),
        ({"purpose": "contribution"}, "purpose"),
        ({"categories": []}, "categories"),
        ({"categories": ["religion"]}, "categories"),
        ({"purpose": "tenancy", "categories": ["income"]}, "categories"),
        ({"days": 91}, "period"),
        ({"days": None}, "period"),
        ({"days": 30, "until": date(2026, 12, 1)}, "period"),
        ({"until": date(2026, 11, 23)}, "period"),
        ({"until": date(2027, 2, 23)}, "period"),
        ({"until": date.max}, "period"),
        ({"until": date.min}, "period"),
        ({"records_from": date(2026, 2, 1), "records_until": date(2026, 1, 1)}, "records_until"),
    ],
)
def test_request_beyond_the_rules_is_refused(terms, field):
    lender = make_lender(
        purposes=["credit_application", "tenancy", "own_access", "curiosity", "contribution"]
    )
    with pytest.raises(InvalidRequest) as refusal:
        ask(lender, new_identity(), **terms)
    assert list(refusal.value.fields) == [field]
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("until", [date(2026, 11, 24), date(2027, 2, 22)])
def test_request_may_last_from_today_to_the_longest_the_purpose_allows(until):
    assert ask(make_lender(), new_identity(), until=until).state == "requested"


@pytest.mark.parametrize(
    "licence",
    [
        {"purposes": ["tenancy"]},
        {"categories": ["identity"]},
        {"status": "suspended"},
        {"valid_from": date(2024, 1, 1), "valid_until": date(2024, 12, 31)},
    ],
)
def test_request_beyond_the_licence_is_refused(licence):
    with pytest.raises(LicenceRequired):
        ask(make_lender(**licence), new_identity())
    assert Consent.objects.count() == 0


def test_request_is_told_to_its_own_lender_alone():
    asked = ask(make_lender(), new_identity())
    with pytest.raises(NotFound):
        standing(asked, make_lender())
