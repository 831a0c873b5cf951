"""Calling the API with a token: what a DPoP proof must say, and all the ways in which it may not fit."""

import hashlib
import time
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc.jwk import ECKey, RSAKey

from api.authentication import tokens
from api.authentication.addresses import same_address
from registry import keys
from registry.models import Client
from tests.factories.lenders import Machine, b64, encode, forge, lender, new_key, told

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def refused(answer: Any, code: str, reason: str = "") -> None:
    """Assert a 401 as problem document, with the challenge that says why."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (401, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert f'DPoP error="{code}"' in answer["WWW-Authenticate"]
    assert reason in answer["WWW-Authenticate"]
    assert body["request_id"] == answer["X-Request-Id"]


def test_token_with_its_proof_is_answered(signed_in: Machine) -> None:
    answer = signed_in.call("GET", ME)
    assert answer.status_code == 200
    assert answer.json()["client_id"] == signed_in.client_id
    assert answer["DPoP-Nonce"]
    assert answer["Cache-Control"] == "no-store"


def test_proof_is_refused_the_second_time(signed_in: Machine) -> None:
    proof = signed_in.proof("GET", ME, token=signed_in.token)
    assert signed_in.call("GET", ME, DPoP=proof).status_code == 200
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "used before")


def test_proof_of_the_token_endpoint_is_refused_elsewhere(machine: Machine) -> None:
    proof = machine.proof("POST", "/oauth/token")
    machine.token = machine.ask_token(proof=proof).json()["access_token"]
    refused(machine.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "htm")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"htm": "POST"}, "htm"),
        ({"htm": "get"}, "htm"),
        ({"htm": None}, "htm"),
        ({"htu": "http://testserver/api/v1/inquiries"}, "htu"),
        ({"htu": "https://testserver/api/v1/me"}, "htu"),
        ({"htu": "http://elsewhere.example/api/v1/me"}, "htu"),
        ({"htu": "http://testserver:8080/api/v1/me"}, "htu"),
        ({"htu": "http://testserver@elsewhere.example/api/v1/me"}, "htu"),
        ({"htu": "/api/v1/me"}, "htu"),
        ({"htu": None}, "htu"),
        ({"htu": ["http://testserver/api/v1/me"]}, "htu"),
        ({"iat": None}, "iat is missing"),
        ({"iat": "now"}, "iat is missing"),
        ({"iat": True}, "iat is missing"),
        ({"iat": lambda now: now - 90}, "older than a minute"),
        ({"iat": lambda now: now + 120}, "future"),
        ({"iat": 10**400}, "iat is missing"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
        ({"jti": "x" * 300}, "jti"),
        ({"ath": None}, "ath"),
        ({"ath": b64(hashlib.sha256(b"another token").digest())}, "ath"),
        ({"ath": 1}, "ath"),
    ],
)
def test_proof_with_a_wrong_claim_is_refused(signed_in: Machine, claims: dict[str, Any], reason: str) -> None:
    proof = signed_in.proof("GET", ME, token=signed_in.token, **claims)
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", reason)


def test_proof_fits_its_address_whatever_the_query(signed_in: Machine) -> None:
    bare = signed_in.proof("GET", "/api/v1/inquiries", token=signed_in.token)
    assert signed_in.call("GET", "/api/v1/inquiries?limit=1", DPoP=bare).status_code == 200
    full = settings.BASE_URL + "/api/v1/inquiries?limit=1#x"
    named = signed_in.proof("GET", "/api/v1/inquiries", token=signed_in.token, htu=full)
    assert signed_in.call("GET", "/api/v1/inquiries?limit=2", DPoP=named).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a/x", "HTTP://A/x", True),
        ("http://a/x", "http://a:80/x", True),
        ("https://a/x", "https://a:443/x?q=1#f", True),
        ("http://a/%7Ex", "http://a/~x", True),
        ("http://a/%2fx", "http://a/%2Fx", True),
        ("http://a/x", "http://a/X", False),
        ("http://a/x", "http://a/x/", False),
        ("http://a/%2Fx", "http://a//x", False),
        ("http://a", "http://a/", True),
        ("http://a:bad/x", "http://a:bad/x", False),
        ("ftp://a/x", "ftp://a/x", False),
    ],
)
def test_addresses_are_compared_in_normal_form(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "JWT"}, "typ"),
        ({"typ": None}, "typ"),
        ({"jwk": None}, "lacks the public key"),
        ({"jwk": "text"}, "lacks the public key"),
        ({"jwk": {"kty": "EC", "crv": "P-256"}}, "cannot be used"),
        ({"jwk": {"kty": "oct"}}, "cannot be used"),
        ({"crit": ["exp"], "exp": 1}, "extension"),
        ({"b64": False, "crit": ["b64"]}, "compact JWT"),
    ],
)
def test_proof_with_a_wrong_header_is_refused(
    signed_in: Machine, header: dict[str, Any], reason: str
) -> None:
    proof = signed_in.proof("GET", ME, token=signed_in.token, header=header)
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", reason)


def test_proof_that_shows_its_private_key_is_refused(signed_in: Machine) -> None:
    private = {"jwk": signed_in.proof_key.as_dict(private=True)}
    proof = signed_in.proof("GET", ME, token=signed_in.token, header=private)
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "private key")


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "RS256", "", None])
def test_proof_by_another_algorithm_is_refused(signed_in: Machine, alg: str | None) -> None:
    public = signed_in.proof_key.as_dict(private=False)
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": public}
    proof = forge(signed_in.proof("GET", ME, token=signed_in.token), header, public["x"].encode())
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof")


def test_symmetric_key_in_a_proof_is_refused(signed_in: Machine) -> None:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "oct", "k": b64(b"s" * 32)}}
    proof = forge(signed_in.proof("GET", ME, token=signed_in.token), header, b"s" * 32)
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "private key")


def test_signature_of_another_key_is_refused(signed_in: Machine) -> None:
    header = {"jwk": new_key().as_dict(private=False)}
    proof = signed_in.proof("GET", ME, token=signed_in.token, header=header)
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "signature")


def test_key_too_large_to_check_quickly_is_refused(signed_in: Machine) -> None:
    huge = {"kty": "RSA", "n": b64(b"\xff" * 1024), "e": "AQAB"}
    proof = forge(
        signed_in.proof("GET", ME, token=signed_in.token),
        {"typ": "dpop+jwt", "alg": "PS256", "jwk": huge},
        b"any",
    )
    refused(signed_in.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "signature")


def test_token_under_another_key_is_refused(signed_in: Machine) -> None:
    signed_in.proof_key = new_key()
    refused(signed_in.call("GET", ME), "invalid_dpop_proof", "another key")


def test_rsa_key_may_bind_a_token(machine: Machine) -> None:
    machine.proof_key = RSAKey.generate_key(2048)  # type: ignore[assignment]  # of whatever kind
    ask = machine.proof("POST", "/oauth/token", header={"alg": "PS256"})
    machine.token = machine.ask_token(proof=ask).json()["access_token"]
    proof = machine.proof("GET", ME, token=machine.token, header={"alg": "PS256"})
    assert machine.call("GET", ME, DPoP=proof).status_code == 200


def test_missing_proof_is_refused(signed_in: Machine) -> None:
    answer = signed_in.http.get(ME, headers={"Authorization": f"DPoP {signed_in.token}"})
    refused(answer, "invalid_dpop_proof", "missing")


def test_two_proofs_are_refused(signed_in: Machine) -> None:
    two = ",".join(signed_in.proof("GET", ME, token=signed_in.token) for _ in range(2))
    refused(signed_in.call("GET", ME, DPoP=two), "invalid_dpop_proof", "more than one")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "Token", ""])
def test_bound_token_is_refused_by_any_other_scheme(signed_in: Machine, scheme: str) -> None:
    answer = signed_in.call("GET", ME, Authorization=f"{scheme} {signed_in.token}".strip())
    refused(answer, "invalid_token", "DPoP scheme")


def test_scheme_may_be_written_in_any_case(signed_in: Machine) -> None:
    assert signed_in.call("GET", ME, Authorization=f"dpop {signed_in.token}").status_code == 200


@pytest.mark.parametrize("second", ["DPoP x", "Bearer x"])
def test_two_authorization_headers_are_refused(signed_in: Machine, second: str) -> None:
    both = f"DPoP {signed_in.token},{second}"  # as the server joins them
    refused(signed_in.call("GET", ME, Authorization=both), "invalid_token", "malformed")


def test_token_in_the_query_is_not_looked_at(signed_in: Machine) -> None:
    answer = signed_in.http.get(f"{ME}?access_token={signed_in.token}")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")
    assert answer["WWW-Authenticate"].startswith("DPoP algs=")


def reissued(machine: Machine, header: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
    """A token like the machine's, with other members; signed by our own key unless another is given."""
    now = int(time.time())
    said = {
        "iss": settings.BASE_URL,
        "aud": tokens.audience(),
        "sub": machine.client_id,
        "client_id": machine.client_id,
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
        "scope": "reports",
        "cnf": {"jkt": machine.proof_key.thumbprint()},
    } | claims
    own = keys.jose_key("tokens")
    head = {"typ": "at+jwt", "alg": "ES256", "kid": own["kid"]} | (header or {})
    return encode(head, told(said, now), key or ECKey.import_key(dict(own)))


def test_reissued_token_is_taken_as_the_tests_below_need_it(signed_in: Machine) -> None:
    signed_in.token = reissued(signed_in)
    assert signed_in.call("GET", ME).status_code == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": lambda now: now - 1}, "expired"),
        ({"exp": None}, "expired"),
        ({"iss": "http://elsewhere.example"}, "not for this API"),
        ({"aud": "http://testserver"}, "not for this API"),
        ({"aud": "http://elsewhere.example/api/v1"}, "not for this API"),
        ({"cnf": {}}, "not bound"),
        ({"cnf": None}, "not bound"),
    ],
)
def test_token_with_a_wrong_claim_is_refused(signed_in: Machine, claims: dict[str, Any], reason: str) -> None:
    signed_in.token = reissued(signed_in, **claims)
    refused(signed_in.call("GET", ME), "invalid_token", reason)


def test_token_of_another_type_is_refused(signed_in: Machine) -> None:
    signed_in.token = reissued(signed_in, header={"typ": "JWT"})
    refused(signed_in.call("GET", ME), "invalid_token", "not an access token")


def test_token_signed_by_the_reports_key_is_refused(signed_in: Machine) -> None:
    other = keys.jose_key("reports")
    signed_in.token = reissued(signed_in, header={"kid": other["kid"]}, key=ECKey.import_key(dict(other)))
    refused(signed_in.call("GET", ME), "invalid_token", "signature")


def test_token_signed_by_a_strangers_key_is_refused(signed_in: Machine) -> None:
    signed_in.token = reissued(signed_in, key=new_key())
    refused(signed_in.call("GET", ME), "invalid_token", "signature")


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_token_without_a_real_signature_is_refused(signed_in: Machine, alg: str) -> None:
    own = keys.jose_key("tokens")
    signed_in.token = forge(reissued(signed_in), {"typ": "at+jwt", "alg": alg, "kid": own["kid"]}, b"x")
    refused(signed_in.call("GET", ME), "invalid_token", "algorithm")


def test_revoked_client_is_refused_at_once(signed_in: Machine) -> None:
    Client.objects.update(revoked_at=timezone.now())
    refused(signed_in.call("GET", ME), "invalid_token", "revoked")


def test_scope_taken_away_since_is_gone(signed_in: Machine) -> None:
    Client.objects.update(scopes=["reports"])
    answer = signed_in.call("GET", "/api/v1/inquiries")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert 'scope="inquiries"' in answer["WWW-Authenticate"]


def test_token_for_one_scope_does_not_open_another(machine: Machine) -> None:
    machine.sign_in("reports")
    assert machine.call("GET", ME).json()["scopes"] == ["reports"]
    assert machine.call("GET", "/api/v1/inquiries").json()["code"] == "insufficient_scope"


def test_one_lenders_token_and_anothers_proof_do_not_fit(db: None) -> None:
    one, other = lender().sign_in(), lender().sign_in()
    proof = other.proof("GET", ME, token=one.token)
    refused(one.call("GET", ME, DPoP=proof), "invalid_dpop_proof", "another key")


def test_nonce_is_demanded_where_it_is_required(signed_in: Machine, settings: Any) -> None:
    settings.DPOP_REQUIRE_NONCE = True
    answer = signed_in.call("GET", ME)
    refused(answer, "use_dpop_nonce")
    signed_in.nonce = answer["DPoP-Nonce"]
    assert signed_in.call("GET", ME).status_code == 200


def test_proof_refused_for_its_nonce_is_not_used_up(signed_in: Machine, settings: Any) -> None:
    proof = signed_in.proof("GET", ME, token=signed_in.token)
    settings.DPOP_REQUIRE_NONCE = True
    refused(signed_in.call("GET", ME, DPoP=proof), "use_dpop_nonce")
    settings.DPOP_REQUIRE_NONCE = False
    assert signed_in.call("GET", ME, DPoP=proof).status_code == 200


@pytest.mark.parametrize("nonce", ["invented", 7, ["x"]])
def test_wrong_nonce_is_sent_back(signed_in: Machine, nonce: Any) -> None:
    proof = signed_in.proof("GET", ME, token=signed_in.token, nonce=nonce)
    refused(signed_in.call("GET", ME, DPoP=proof), "use_dpop_nonce")


def test_signing_in_costs_three_statements(signed_in: Machine) -> None:
    signed_in.call("GET", ME)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert signed_in.call("GET", ME).status_code == 200
    assert [one["sql"].split()[0] for one in statements] == ["INSERT", "SELECT", "INSERT"]
