"""What lenders send: strict JSON, known members, readable values, each fault named by its field."""

import json
from typing import Any

import pytest

from consent.models import Consent
from tests.factories.consents import new_identity
from tests.factories.lenders import Machine

pytestmark = pytest.mark.django_db
ASK = "/api/v1/consent-requests"


def asked(**changes: Any) -> dict[str, Any]:
    """A request for consent, with changes; a member given as None is left out."""
    body: dict[str, Any] = {
        "identity": new_identity(),
        "purpose": "credit_application",
        "categories": ["identity", "employment"],
        "period": {"days": 30},
        "language": "en",
        "reference": "case-1",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def faults(answer: Any) -> list[tuple[str, str]]:
    """Fields and codes of a 422."""
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"
    assert all(each["detail"] for each in answer.json()["errors"])
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_request_is_made_and_answered(signed_in: Machine) -> None:
    answer = signed_in.call("POST", ASK, asked())
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == {"id", "state", "code", "link", "expires_at"}
    assert body["link"] == f"http://testserver/r/{body['code']}"
    assert answer["Location"] == f"http://testserver{ASK}/{body['id']}"
    assert signed_in.call("GET", f"{ASK}/{body['id']}").json() == {
        "id": body["id"],
        "state": "requested",
        "consent_id": None,
        "expires_at": body["expires_at"],
    }


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans", "EN", "en-GB"])
def test_language_tag_is_read_by_its_main_language(signed_in: Machine, tag: str) -> None:
    assert signed_in.call("POST", ASK, asked(language=tag)).status_code == 201
    assert Consent.objects.get().language == ("zh-hans" if tag.lower().startswith("zh") else "en")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"purpose": "curiosity"}, "purpose", "unknown_purpose"),
        ({"purpose": "own_access"}, "purpose", "unknown_purpose"),
        ({"purpose": None}, "purpose", "required"),
        ({"categories": ["health"]}, "categories.0", "unknown_category"),
        ({"categories": []}, "categories", "empty"),
        ({"categories": ["identity", "identity"]}, "categories", "duplicate"),
        ({"categories": ["tradelines"]}, "categories", "invalid"),
        ({"categories": "identity"}, "categories", "not_a_list"),
        ({"period": {}}, "period", "days_or_until"),
        ({"period": {"days": 30, "until": "2099-01-01"}}, "period", "days_or_until"),
        ({"period": {"days": 0}}, "period.days", "min_value"),
        ({"period": {"days": 91}}, "period", "invalid"),
        ({"period": {"days": "soon"}}, "period.days", "invalid"),
        ({"period": {"until": "2020-01-01"}}, "period", "invalid"),
        ({"period": {"until": "tomorrow"}}, "period.until", "invalid"),
        ({"period": {"weeks": 4}}, "period.weeks", "unknown_field"),
        ({"language": "fr"}, "language", "unknown_language"),
        ({"mode": "sell"}, "mode", "unknown_mode"),
        ({"mode": "store"}, "data_life_days", "store_only"),
        ({"data_life_days": 5}, "data_life_days", "store_only"),
        ({"fetch": "daily"}, "fetch", "unknown_fetch"),
        ({"fetch": "once", "frequency_days": 30}, "frequency_days", "periodic_only"),
        ({"reference": "case 1"}, "reference", "reference_format"),
        ({"reference": "x" * 65}, "reference", "max_length"),
        ({"reference": "loan-13800138000"}, "reference", "reference_personal"),
        ({"reference": "138-0013-8000"}, "reference", "reference_personal"),
        ({"reference": "42118119900307123X"}, "reference", "reference_personal"),
        ({"reference": 7}, "reference", "invalid"),
        ({"surprise": 1}, "surprise", "unknown_field"),
    ],
)
def test_fault_is_named_by_its_field(
    signed_in: Machine, change: dict[str, Any], field: str, code: str
) -> None:
    found = faults(signed_in.call("POST", ASK, asked(**change)))
    assert (field, code) in found
    assert Consent.objects.count() == 0


@pytest.mark.parametrize(
    ("identity", "field"),
    [
        ({"name": "林安"}, "identity.id_number"),
        ({"mobile": "13800138000"}, "identity.name"),
        ({"name": "", "mobile": "13800138000"}, "identity.name"),
        ({"name": "林安", "mobile": "12345"}, "identity.mobile"),
        ({"name": "林安", "mobile": 13800138000}, "identity.mobile"),
        ({"name": "林安", "id_number": "421181199003071231"}, "identity.id_number"),
        ({"name": "林安", "id_number": "421181199013071231"}, "identity.id_number"),
        ({"name": "林安", "id_number": "4211"}, "identity.id_number"),
        ({"name": "林安", "passport": "!"}, "identity.passport"),
        ({"name": "林" * 200, "mobile": "13800138000"}, "identity.name"),
        ({"name": "林安", "mobile": "13800138000", "religion": "x"}, "identity.religion"),
        ("林安", "identity"),
    ],
)
def test_description_that_fits_nobody_is_refused(signed_in: Machine, identity: Any, field: str) -> None:
    answer = signed_in.call("POST", ASK, asked(identity=identity))
    assert field in [fault[0] for fault in faults(answer)]
    if isinstance(identity, dict):
        values = {str(value) for name, value in identity.items() if name != "name"} - {"!", "x"}
        assert [value for value in values if value in answer.content.decode()] == []


def test_several_faults_are_told_together(signed_in: Machine) -> None:
    found = faults(signed_in.call("POST", ASK, asked(purpose="x", language="fr", reference="a b")))
    assert found == [
        ("purpose", "unknown_purpose"),
        ("language", "unknown_language"),
        ("reference", "reference_format"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"purpose": NaN}',
        b'{"purpose": Infinity}',
        b'{"purpose": "a", "purpose": "b"}',
        b'{"identity": {"name": "a", "name": "b"}}',
        b'{"purpose": "\xff"}',
        b'\xef\xbb\xbf{"purpose": "a"}',
        b'{"purpose": "\\ud800"}',
        b'{"purpose": ' + b"[" * 30000 + b"}",
        b'{"purpose": ' + b"9" * 5000 + b"}",
        b"purpose=credit_application",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_body_that_two_readers_could_read_differently_is_refused(signed_in: Machine, body: bytes) -> None:
    answer = signed_in.call("POST", ASK, body)
    expected = (422, "invalid_request") if body == b"" else (400, "malformed_request")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("name", ["\u0000林", "林\u202e安", "林\u200b安"])
def test_name_with_hidden_characters_is_read_or_refused(signed_in: Machine, name: str) -> None:
    answer = signed_in.call("POST", ASK, asked(identity=new_identity() | {"name": name}))
    assert answer.status_code in (201, 422)


def test_body_that_is_too_large_is_refused(signed_in: Machine) -> None:
    answer = signed_in.call("POST", ASK, json.dumps(asked(reference="x" * 70_000)))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_body_of_another_kind_is_refused(signed_in: Machine, kind: str) -> None:
    headers = {
        "Authorization": f"DPoP {signed_in.token}",
        "DPoP": signed_in.proof("POST", ASK, token=signed_in.token),
    }
    answer = signed_in.http.generic("POST", ASK, b"a=1", content_type=kind, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_format_that_is_not_there_is_refused(signed_in: Machine) -> None:
    answer = signed_in.call("POST", ASK, asked(), Accept="application/xml")
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_method_that_is_not_there_is_refused(signed_in: Machine, method: str) -> None:
    assert signed_in.call(method, ASK).status_code == 405


def test_address_that_is_not_there_is_a_problem_document(signed_in: Machine) -> None:
    answer = signed_in.http.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer["Content-Type"] == "application/problem+json"


def test_request_of_another_lender_looks_like_none(signed_in: Machine) -> None:
    from tests.factories.lenders import lender

    theirs = lender().sign_in().call("POST", ASK, asked()).json()
    answer = signed_in.call("GET", f"{ASK}/{theirs['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_person_is_not_asked_without_end(signed_in: Machine) -> None:
    body = asked()
    answers = [signed_in.call("POST", ASK, body) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert answers[-1]["Retry-After"] == str(24 * 3600)


def test_request_names_nobody_in_the_database(signed_in: Machine) -> None:
    body = asked()
    signed_in.call("POST", ASK, body)
    row = repr(Consent.objects.values_list().get())
    assert [value for value in body["identity"].values() if value in row] == []
