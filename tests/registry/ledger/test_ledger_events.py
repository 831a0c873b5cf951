"""The closed list: what an entry may say, and that nothing else gets through."""

import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from registry.ledger import Event, NewEntry
from registry.ledger.entries import body
from registry.ledger.errors import EntryRefused
from registry.ledger.events import DETAILS, KINDS, check, check_actor

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
ENTRY = UUID("7b0c6a3e-6f0e-4d19-9a5b-2f43b1b3c0de")


def test_every_event_declares_its_details() -> None:
    assert set(DETAILS) == set(Event)


def test_every_detail_has_a_kind() -> None:
    assert {key for keys in DETAILS.values() for key in keys} <= set(KINDS)


def test_details_become_plain_values() -> None:
    consent, digest = uuid4(), bytes(32)
    given_details = {
        "consent": consent,
        "purpose": "credit_application",
        "categories": ("income", "residence"),
        "records_from": date(2024, 1, 1),
        "data_life_days": 30,
        "text_hash": digest,
        "text_version": "2026.1",
        "assisted": False,
        "licence": None,
    }
    assert check(Event.CONSENT_GRANTED, given_details) == {
        "consent": str(consent),
        "purpose": "credit_application",
        "categories": ["income", "residence"],
        "records_from": "2024-01-01",
        "data_life_days": 30,
        "text_hash": digest.hex(),
        "text_version": "2026.1",
        "assisted": False,
    }


def test_unknown_event_is_refused() -> None:
    with pytest.raises(EntryRefused):
        check("consent_granted", {})  # type: ignore[arg-type]  # what a careless caller would do


def test_unknown_detail_is_refused_by_name() -> None:
    with pytest.raises(EntryRefused, match="'name'"):
        check(Event.CONSENT_GRANTED, {"name": "anything"})


def test_detail_of_another_event_is_refused() -> None:
    with pytest.raises(EntryRefused, match="'merge'"):
        check(Event.CONSENT_GRANTED, {"merge": uuid4()})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("purpose", "王小明"),
        ("purpose", "Wang Xiaoming"),
        ("purpose", "tel13800138000"),
        ("purpose", "11010519491231002X"),
        ("consent", "110105194912310021"),
        ("text_hash", "110105194912310021"),
        ("text_version", "13800138000"),
        ("text_version", 13800138000),
        ("data_life_days", 13800138000),
        ("data_life_days", True),
        ("data_life_days", -1),
        ("data_life_days", 1.5),
        ("records_from", "1949-12-31"),
        ("records_from", AT),
        ("categories", "income"),
        ("categories", ["income", "王小明"]),
        ("assisted", 1),
    ],
)
def test_value_of_another_kind_is_refused_and_not_repeated(key: str, value: object) -> None:
    with pytest.raises(EntryRefused) as refused:
        check(Event.CONSENT_GRANTED, {key: value})
    assert str(value) not in str(refused.value)


@pytest.mark.parametrize(
    "by", ["member:7b0c6a3e-6f0e-4d19-9a5b-2f43b1b3c0de", "resident:" + "0a" * 16, "system:retention_sweep"]
)
def test_actor_by_id_or_code_is_taken(by: str) -> None:
    assert check_actor(by) == by


@pytest.mark.parametrize(
    "by",
    ["", "member:", "王小明", "member:wang@example.com", "resident:13800138000", "Member:x", "system:a b"],
)
def test_actor_by_anything_else_is_refused(by: str) -> None:
    with pytest.raises(EntryRefused):
        check_actor(by)


def test_body_is_this_text() -> None:
    new = NewEntry(Event.REPORT_REFUSED, "system:demo", AT, subject=ENTRY, details={"reason": "withdrawn"})
    assert body(ENTRY, new) == (
        '{"at":"2026-11-24T09:30:00.123456Z","by":"system:demo","details":{"reason":"withdrawn"},'
        f'"entry":"{ENTRY}","event":"report_refused","organisation":null,"subject":"{ENTRY}"}}'
    )


def test_body_of_an_act_at_a_time_without_zone_is_refused() -> None:
    with pytest.raises(EntryRefused):
        body(ENTRY, NewEntry(Event.REPORT_REFUSED, "system:demo", AT.replace(tzinfo=None)))


def test_body_about_a_subject_by_name_is_refused() -> None:
    with pytest.raises(EntryRefused):
        body(ENTRY, NewEntry(Event.REPORT_REFUSED, "system:demo", AT, subject="王小明"))  # type: ignore[arg-type]


CODES = st.from_regex(r"[a-z][a-z_.:-]{0,20}", fullmatch=True)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "consent": st.uuids(),
            "purpose": CODES,
            "categories": st.lists(CODES, max_size=5),
            "records": st.integers(0, 10**10 - 1),
            "licence": st.none() | st.uuids(),
            "records_from": st.dates(),
            "reference": st.binary(min_size=32, max_size=32),
        },
    ),
    st.datetimes(
        AT.replace(year=2, tzinfo=None), AT.replace(year=9998, tzinfo=None), timezones=st.timezones()
    ),
    st.none() | st.uuids(),
)
def test_body_is_canonical_by_rfc_8785(
    details: dict[str, object], at: datetime, subject: UUID | None
) -> None:
    new = NewEntry(Event.REPORT_READ, "system:demo", at, subject=subject, details=details)
    text = body(ENTRY, new)
    assert rfc8785.dumps(json.loads(text)) == text.encode()
