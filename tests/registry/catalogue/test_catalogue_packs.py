"""Jurisdiction packs: the law's numbers and texts, as data."""

from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from registry.catalogue import FORBIDDEN, RECORD_TYPES, UnknownJurisdiction, jurisdiction
from registry.catalogue.page import catalogue_page

CN = jurisdiction("CN")


def test_pack_holds_the_numbers_of_the_law():
    assert (CN.dispute_days, CN.negative_retention_years, CN.minimum_age, CN.free_own_reports) == (
        20,
        5,
        14,
        2,
    )
    assert CN.languages == ("zh-hans", "en")
    assert CN.currency == "CNY"


def test_purposes_are_those_of_the_domain():
    assert {code: purpose.kinds for code, purpose in CN.purposes.items()} == {
        "credit_application": ("bank", "consumer_finance"),
        "account_review": ("bank", "consumer_finance"),
        "insurance_underwriting": ("insurer",),
        "tenancy": ("bank", "consumer_finance", "insurer"),
        "own_access": (),
    }


def test_categories_are_those_of_the_domain():
    assert set(CN.categories) == {
        "residence", "employment", "income", "social_insurance", "utility_payments", "tradelines", "identity",
    }  # fmt: skip


def test_purpose_asks_only_for_known_categories_and_fits_the_longest_consent():
    for purpose in CN.purposes.values():
        assert set(purpose.categories) <= set(CN.categories)
        assert 0 < purpose.max_days <= CN.max_access_days


def test_income_needs_separate_consent_with_its_own_warning():
    assert CN.needs_separate_consent("income")
    assert not CN.needs_separate_consent("residence")
    assert "不利影响" in CN.separate_consent["income"].text.zh
    assert "against you" in CN.separate_consent["income"].text.en


def test_separate_consent_covers_exactly_wages_and_platform_work():
    apart = {
        code for code, record_type in RECORD_TYPES.items() if CN.needs_separate_consent(record_type.category)
    }
    assert apart == {"wage", "platform_work"}


def test_furnisher_kinds_furnish_known_types_and_all_types_have_a_furnisher():
    furnished = {code for codes in CN.record_types.values() for code in codes}
    assert furnished == set(RECORD_TYPES)
    assert CN.record_types_of("bakery") == ()


def test_forbidden_groups_are_declared():
    assert set(CN.forbidden) == set(FORBIDDEN)


def test_negative_information_ends_five_years_later():
    assert CN.retention_ends(date(2021, 3, 15)) == date(2026, 3, 15)
    assert CN.retention_ends(date(2024, 2, 29)) == date(2029, 3, 1)


def test_age_is_reached_on_the_birthday():
    assert not CN.of_age(date(2012, 11, 25), on=date(2026, 11, 24))
    assert CN.of_age(date(2012, 11, 24), on=date(2026, 11, 24))


def test_texts_come_in_the_readers_language():
    assert CN.new_resident.label.in_language("zh-hans") == "新市民"
    assert CN.new_resident.label.in_language("en") == "New resident"


def test_pack_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        CN.minimum_age = 3


@pytest.mark.parametrize("code", ["XX", "cn", "", "../CN", "CN\n"])
def test_unknown_code_is_refused(code):
    with pytest.raises(UnknownJurisdiction) as caught:
        jurisdiction(code)
    assert caught.value.code == "unknown_jurisdiction"


def test_page_of_the_catalogue_is_current():
    page = Path(__file__).parents[3] / "docs" / "catalogue.md"
    assert page.read_text(encoding="utf-8") == catalogue_page()
