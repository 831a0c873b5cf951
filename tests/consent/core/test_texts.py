"""The texts shown: exact, in both languages, hashed, and the same for the same terms."""

from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from consent.models import Consent
from consent.texts import LANGUAGES, last_day, main_language, shown_text
from registry.models import Organisation

BANK = Organisation(name="榕城银行", name_en="Banyan Bank")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def terms(**fields):
    """A request to read two categories for 30 days."""
    usual = {
        "organisation": BANK,
        "kind": "access",
        "purpose": "tenancy",
        "categories": ["residence", "utility_payments"],
        "mode": "view",
        "fetch": "once",
        "asked_days": 30,
        "jurisdiction": "CN",
    }
    return Consent(**usual | fields)


def test_text_to_read_is_exactly_this():
    assert shown_text(terms(), language="en").body == "\n".join(
        (
            "Banyan Bank asks to see your credit identity",
            "What for: Deciding on a tenancy. You want to rent a home or a rent guarantee, and they want to"
            " see whether you pay your bills on time.",
            "The information they want to see:",
            "Residence: For example: living in the city since May 2024, renting, has volunteered in the"
            " neighbourhood.",
            "Bills for the home: For example: water bill for March 2026, ¥86.40, paid on time.",
            "From which time: all records of these kinds in your profile.",
            "They may look once only.",
            "They may look, and must not keep what they see.",
            "How long your consent lasts: 30 days from when you agree.",
            "You may say no, agree to a part only, or shorten the time. Saying no takes away none of your"
            " rights here.",
            "You can withdraw at any time, as easily as you agree. From then on they can no longer look.",
        )
    )


def test_text_to_furnish_is_exactly_this():
    until = datetime(2027, 11, 1, tzinfo=SHANGHAI)
    furnish = terms(kind="contribution", categories=["residence"], valid_until=until)
    assert shown_text(furnish, language="zh-hans").body == "\n".join(
        (
            "榕城银行 请您同意提供您的信息",
            "为了什么：把您的这些信息放进您自己的信用身份，让您申请贷款、保险或租房时有据可查。"
            "没有您另外同意，谁也不能查看。",
            "要提供这些信息：",
            "居住情况：例如：2024年5月起住在本市，租房，参加过社区志愿服务。",
            "欠费、逾期等对您不利的信息也会提供，提供前会告诉您。",
            "同意有效期：到 2027-10-31 为止。",
            "您可以不同意，也可以只同意一部分。",
            "同意以后，您可以随时撤回。撤回后，这些信息立刻不再给任何人看。",
        )
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"records_from": date(2025, 1, 1)}, "records since 2025-01-01"),
        ({"records_until": date(2026, 1, 1)}, "records up to 2026-01-01"),
        (
            {"records_from": date(2025, 1, 1), "records_until": date(2026, 1, 1)},
            "records from 2025-01-01 to 2026-01-01",
        ),
        ({"fetch": "periodic"}, "they may look more than once"),
        ({"fetch": "periodic", "frequency_days": 7}, "once in 7 days at most"),
        ({"data_life_days": 9}, "keep what they saw for 9 days at most"),
        ({"mode": "store"}, "They may keep what they see."),
        ({"mode": "store", "data_life_days": 9}, "keep what they see for 9 days at most"),
        ({"asked_days": None, "asked_until": date(2026, 12, 1)}, "up to and including 2026-12-01"),
    ],
)
def test_text_tells_each_term(fields, sentence):
    assert sentence in shown_text(terms(**fields), language="en").body


def test_income_brings_its_warning():
    shown = shown_text(terms(purpose="credit_application", categories=["income"]), language="en")
    ((title, text),) = shown.separate
    assert title == "Separate consent: income"
    assert "a smaller credit, a higher rate or a refusal" in text
    assert shown.body.endswith(f"{title}\n{text}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_digest_is_the_hash_of_the_text_and_the_same_every_time(language):
    shown = shown_text(terms(), language=language)
    assert shown.digest == sha256(shown.body.encode()).hexdigest()
    assert shown == shown_text(terms(), language=language)
    assert shown.digest != shown_text(terms(asked_days=31), language=language).digest


def test_parts_add_up_to_the_text():
    shown = shown_text(terms(), language="en")
    listed = [f"{each.label}: {each.example}" for each in shown.categories]
    assert "\n".join([shown.title, *shown.before, *listed, *shown.after]) == shown.body


@pytest.mark.parametrize(
    ("tag", "language"), [("zh-hans", "zh-hans"), ("zh-CN", "zh-hans"), ("en-GB", "en"), ("uk", "en")]
)
def test_language_is_the_nearest_there_is(tag, language):
    assert (main_language(tag), shown_text(terms(), language=tag).language) == (language, language)


def test_organisation_without_an_english_name_keeps_its_own():
    nameless = terms(organisation=Organisation(name="榕城银行"))
    assert shown_text(nameless, language="en").title == "榕城银行 asks to see your credit identity"


def test_last_day_is_the_one_that_the_period_ends_with():
    assert last_day(datetime(2026, 12, 1, tzinfo=SHANGHAI)) == date(2026, 11, 30)
    assert last_day(datetime(2026, 12, 1, 0, 0, 1, tzinfo=SHANGHAI)) == date(2026, 12, 1)
