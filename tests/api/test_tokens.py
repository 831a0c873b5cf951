"""The token endpoint: who gets a token, and what exactly is said to those who do not."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from joserfc.jwk import ECKey, OKPKey, RSAKey

from api.authentication import nonces, tokens
from api.models import SeenToken
from registry import keys
from registry.models import Client, Licence
from tests.factories.lenders import (
    Machine,
    forge,
    lender,
    make_client,
    make_licence,
    make_organisation,
    new_key,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def refused(answer: Any, error: str, status: int) -> str:
    """Assert an OAuth error of RFC 6749, 5.2 and return its description."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error), body
    assert set(body) == {"error", "error_description"}
    assert answer["Cache-Control"] == "no-store"
    return str(body["error_description"])


def test_token_is_given_to_a_proven_client(machine: Machine) -> None:
    answer = machine.ask_token(scope="reports")
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("DPoP", 300, "reports")
    assert answer["DPoP-Nonce"]


def test_token_is_an_at_jwt_bound_to_the_proofs_key(machine: Machine) -> None:
    from joserfc import jwt

    token = machine.ask_token().json()["access_token"]
    read = jwt.decode(token, ECKey.import_key(dict(keys.jose_key("tokens"))), algorithms=["ES256"])
    assert read.header == {"alg": "ES256", "kid": keys.jose_key("tokens")["kid"], "typ": "at+jwt"}
    assert read.claims["cnf"] == {"jkt": machine.proof_key.thumbprint()}
    assert read.claims["exp"] - read.claims["iat"] == 300
    assert read.claims["iss"] == settings.BASE_URL
    assert read.claims["client_id"] == read.claims["sub"] == machine.client_id


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("ES256", ECKey.generate_key("P-256", auto_kid=True)),
        ("PS256", RSAKey.generate_key(2048, auto_kid=True)),
        ("EdDSA", OKPKey.generate_key("Ed25519", auto_kid=True)),
    ],
    ids=["ES256", "PS256", "EdDSA"],
)
def test_assertion_is_accepted_by_each_allowed_algorithm(db: None, alg: str, key: Any) -> None:
    organisation = make_organisation()
    make_licence(organisation)
    machine = Machine(str(make_client(organisation, key).id), key, alg=alg)
    assert machine.ask_token().status_code == 200


def test_proof_with_an_rsa_key_is_accepted(machine: Machine) -> None:
    key = RSAKey.generate_key(2048)
    machine.proof_key = key  # type: ignore[assignment]  # a machine's proof key may be of any kind
    proof = machine.proof("POST", "/oauth/token", header={"alg": "PS256"})
    assert machine.ask_token(proof=proof).status_code == 200


def test_rs256_is_refused_although_the_key_would_do(db: None) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    organisation = make_organisation()
    make_licence(organisation)
    machine = Machine(str(make_client(organisation, key).id), key, alg="RS256")
    assert "algorithm" in refused(machine.ask_token(), "invalid_client", 401)


@pytest.mark.parametrize("form", ["pem", "x"])
def test_hs256_over_the_public_key_is_refused(machine: Machine, form: str) -> None:
    public = (
        machine.key.as_pem(private=False)
        if form == "pem"
        else machine.key.as_dict(private=False)["x"].encode()
    )
    forged = forge(machine.assertion(), {"alg": "HS256", "kid": machine.key.kid}, public)
    assert "algorithm" in refused(machine.ask_token(assertion=forged), "invalid_client", 401)


def test_unsigned_assertion_is_refused(machine: Machine) -> None:
    for alg in ("none", "None", "ES256"):
        forged = forge(machine.assertion(), {"alg": alg, "kid": machine.key.kid}, None)
        refused(machine.ask_token(assertion=forged), "invalid_client", 401)


@pytest.mark.parametrize(
    "make",
    [lambda: RSAKey.generate_key(1024, auto_kid=True), lambda: OKPKey.generate_key("Ed448", auto_kid=True)],
    ids=["short-rsa", "ed448"],
)
# The library warns of a short key when one is made; here one is made on purpose.
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_weak_key_is_refused(db: None, make: Callable[[], Any]) -> None:
    key, organisation = make(), make_organisation()
    make_licence(organisation)
    alg = "PS256" if isinstance(key, RSAKey) else "EdDSA"
    machine = Machine(str(make_client(organisation, key).id), key, alg=alg)
    refused(machine.ask_token(), "invalid_client", 401)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "https://elsewhere.example"}, "aud"),
        ({"aud": "http://testserver/oauth/token"}, "aud"),
        ({"aud": ["http://testserver"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "exp is missing"),
        ({"exp": "soon"}, "exp is missing"),
        ({"exp": lambda now: now - 1}, "expired"),
        ({"exp": lambda now: now + 3600}, "five minutes"),
        ({"iat": lambda now: now + 120}, "iat lies in the future"),
        ({"nbf": lambda now: now + 120}, "nbf lies in the future"),
        ({"nbf": True}, "nbf is not a time"),
        ({"jti": None}, "jti"),
        ({"jti": "x" * 257}, "jti"),
        ({"iss": "somebody"}, "iss and sub"),
        ({"iss": None}, "iss and sub"),
    ],
)
def test_assertion_with_a_wrong_claim_is_refused(machine: Machine, claims: dict[str, Any], said: str) -> None:
    answer = machine.ask_token(assertion=machine.assertion(**claims))
    assert said in refused(answer, "invalid_client", 401)


def test_clock_ten_seconds_ahead_is_accepted(machine: Machine) -> None:
    ahead = int(time.time()) + 10
    assertion = machine.assertion(iat=ahead, nbf=ahead)
    assert (
        machine.ask_token(
            assertion=assertion, proof=machine.proof("POST", "/oauth/token", iat=ahead)
        ).status_code
        == 200
    )


def test_assertion_is_refused_the_second_time(machine: Machine) -> None:
    assertion = machine.assertion()
    assert machine.ask_token(assertion=assertion).status_code == 200
    assert "used before" in refused(machine.ask_token(assertion=assertion), "invalid_client", 401)


def test_proof_is_refused_the_second_time(machine: Machine) -> None:
    proof = machine.proof("POST", "/oauth/token")
    assert machine.ask_token(proof=proof).status_code == 200
    assert "used before" in refused(machine.ask_token(proof=proof), "invalid_dpop_proof", 400)


def test_failed_sign_in_notes_nothing(machine: Machine) -> None:
    machine.ask_token(assertion=machine.assertion(aud="https://elsewhere.example"))
    assert SeenToken.objects.count() == 0


def test_assertion_signed_by_another_key_is_refused(machine: Machine) -> None:
    forged = machine.assertion(key=new_key(kid=machine.key.kid))
    assert "signature" in refused(machine.ask_token(assertion=forged), "invalid_client", 401)


def test_unknown_client_is_refused(machine: Machine) -> None:
    machine.client_id = "00000000-0000-4000-8000-000000000000"
    refused(machine.ask_token(), "invalid_client", 401)


def test_revoked_client_is_refused(machine: Machine) -> None:
    Client.objects.update(revoked_at=timezone.now())
    refused(machine.ask_token(), "invalid_client", 401)


@pytest.mark.parametrize(
    "licence",
    [
        {"valid_until": TODAY - timedelta(days=1), "valid_from": TODAY - timedelta(days=9)},
        {"valid_from": TODAY + timedelta(days=1)},
        {"status": Licence.Status.SUSPENDED},
        {"role": Licence.Role.FURNISHER},
    ],
    ids=["expired", "not-yet", "suspended", "furnisher"],
)
def test_client_without_licence_in_force_is_refused(db: None, licence: dict[str, Any]) -> None:
    assert "licence" in refused(lender(licence=licence).ask_token(), "unauthorized_client", 400)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"scope": "reports everything"}, "invalid_scope"),
        ({"scope": "tradelines"}, "invalid_scope"),
    ],
)
def test_wrong_parameter_is_refused(machine: Machine, form: dict[str, str], error: str) -> None:
    refused(machine.ask_token(**form), error, 400)


@pytest.mark.parametrize(
    "form",
    [
        {"client_assertion_type": ""},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": "nonsense"},
        {"client_assertion": "a.b.c"},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
    ],
)
def test_client_that_does_not_authenticate_is_refused(machine: Machine, form: dict[str, str]) -> None:
    refused(machine.ask_token(**form), "invalid_client", 401)


def test_deeply_nested_claims_are_refused_not_fatal(machine: Machine) -> None:
    import base64

    head = machine.assertion().split(".")[0]
    deep = base64.urlsafe_b64encode(b'{"sub":' + b"[" * 4000).rstrip(b"=").decode()
    refused(machine.ask_token(assertion=f"{head}.{deep}.AAAA"), "invalid_client", 401)


def test_parameter_given_twice_is_refused(machine: Machine) -> None:
    answer = machine.http.post(
        "/oauth/token",
        "grant_type=client_credentials&grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
    )
    assert "twice" in refused(answer, "invalid_request", 400)


def test_json_body_is_refused(machine: Machine) -> None:
    answer = machine.http.post("/oauth/token", "{}", content_type="application/json")
    refused(answer, "invalid_request", 400)


def test_token_endpoint_knows_post_alone(machine: Machine) -> None:
    assert machine.http.get("/oauth/token").status_code == 405


@pytest.mark.parametrize(
    "proof",
    ["", "not.a.jwt", "one,two"],
)
def test_missing_or_malformed_proof_is_refused(machine: Machine, proof: str) -> None:
    refused(machine.ask_token(proof=proof), "invalid_dpop_proof", 400)


def test_proof_without_nonce_is_sent_back_where_nonces_are_required(machine: Machine, settings: Any) -> None:
    settings.DPOP_REQUIRE_NONCE = True
    assertion = machine.assertion()
    answer = machine.ask_token(assertion=assertion)
    refused(answer, "use_dpop_nonce", 400)
    machine.nonce = answer["DPoP-Nonce"]
    assert machine.ask_token(assertion=assertion).status_code == 200


@pytest.mark.parametrize("nonce", ["invented", "AAAA", "é", ""])
def test_wrong_nonce_is_sent_back_even_where_none_is_required(machine: Machine, nonce: str) -> None:
    proof = machine.proof("POST", "/oauth/token", nonce=nonce)
    refused(machine.ask_token(proof=proof), "use_dpop_nonce", 400)


def test_nonce_expires(machine: Machine) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    old = nonces.issue(at=now - nonces.LIFETIME - timedelta(minutes=1))
    assert not nonces.allowed_nonce(old, at=now)
    assert nonces.allowed_nonce(nonces.issue(at=now - timedelta(minutes=4)), at=now)
    assert not nonces.allowed_nonce(nonces.issue(at=now + timedelta(minutes=3)), at=now)


def test_metadata_describes_what_the_endpoint_accepts(client: Any) -> None:
    document = client.get("/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == settings.BASE_URL
    assert document["token_endpoint"] == f"{settings.BASE_URL}/oauth/token"
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert document["token_endpoint_auth_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA"]
    assert document["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA"]
    assert document["response_types_supported"] == []


def test_published_keys_verify_tokens_and_hold_no_secret(client: Any) -> None:
    published = client.get("/.well-known/jwks.json").json()["keys"]
    assert {key["kid"] for key in published} == {
        keys.jose_key("tokens")["kid"],
        keys.jose_key("reports")["kid"],
        keys.jose_key("consent-receipts")["kid"],
    }
    assert [set(key) for key in published] == [{"kty", "crv", "x", "y", "kid", "alg", "use"}] * 3


def test_audience_of_tokens_is_the_api() -> None:
    assert tokens.audience() == "http://testserver/api/v1"
