"""A lender with its licence and client, and a machine that speaks for it over the public API alone."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client as HttpClient
from joserfc import jws
from joserfc.jwk import ECKey, Key

from registry.models import Client, Licence, Organisation

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = ["consent_requests", "reports", "inquiries"]
CATEGORIES = ["identity", "residence", "employment", "income", "social_insurance", "utility_payments"]


def make_organisation(kind: str = "bank", **fields: Any) -> Organisation:
    """An organisation with a credit code of its own."""
    code = uuid.uuid4().hex[:18].upper()
    defaults = {"name": "测试银行", "name_en": "Test Bank", "kind": kind, "credit_code": code}
    return Organisation.objects.create(**defaults | fields)


def make_licence(organisation: Organisation, **fields: Any) -> Licence:
    """A lender's licence in force today, and on the fixed days of other tests."""
    defaults = {
        "number": f"L-{uuid.uuid4().hex[:12]}",
        "role": Licence.Role.LENDER,
        "purposes": ["credit_application", "account_review"],
        "categories": CATEGORIES,
        "valid_from": date(2020, 1, 1),
        "valid_until": date(2099, 12, 31),
        "status": Licence.Status.ACTIVE,
    }
    return Licence.objects.create(organisation=organisation, **defaults | fields)


def make_client(organisation: Organisation, *keys: Key, **fields: Any) -> Client:
    """A client with the public halves of these keys."""
    public = {"keys": [key.as_dict(private=False) for key in keys]}
    return Client.objects.create(
        organisation=organisation, label="test", jwks=public, **{"scopes": SCOPES} | fields
    )


def new_key(**parameters: Any) -> ECKey:
    """A new P-256 key with its thumbprint as kid."""
    return ECKey.generate_key("P-256", parameters or None, private=True, auto_kid=True)


def encode(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """A compact JWT, whatever its header says."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(jws.JWSRegistry.algorithms[header['alg']].sign(signed.encode(), key))}"


def forge(token: str, header: dict[str, Any], secret: bytes | None) -> str:
    """The same claims under another header, signed by HMAC-SHA-256 with a secret, or by nothing at all."""
    signed = f"{b64(json.dumps(header).encode())}.{token.split('.')[1]}"
    mac = hmac.digest(secret, signed.encode(), "sha256") if secret is not None else b""
    return f"{signed}.{b64(mac)}"


def told(claims: dict[str, Any], now: int) -> dict[str, Any]:
    """Claims to be sent: a function is asked for the moment (seconds), what is None is left out."""
    said = {name: value(now) if callable(value) else value for name, value in claims.items()}
    return {name: value for name, value in said.items() if value is not None}


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Machine:
    """A client's machine: holds its private keys, asks for tokens, proves each request."""

    client_id: str
    key: Key
    proof_key: ECKey = field(default_factory=new_key)
    alg: str = "ES256"
    nonce: str | None = None
    http: HttpClient = field(default_factory=HttpClient)
    token: str = ""

    def assertion(
        self, *, header: dict[str, Any] | None = None, key: Key | None = None, **claims: Any
    ) -> str:
        """A client assertion; a claim given as None is left out."""
        now = int(time.time())
        said = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": settings.BASE_URL,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 60,
        } | claims
        head = {"alg": self.alg, "kid": self.key.kid} | (header or {})
        return encode(head, told(said, now), key or self.key)

    def proof(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A DPoP proof for one request; a claim given as None is left out."""
        now = int(time.time())
        said = {"jti": uuid.uuid4().hex, "htm": method, "htu": settings.BASE_URL + path, "iat": now}
        if token is not None:
            said["ath"] = b64(hashlib.sha256(token.encode()).digest())
        if self.nonce:
            said["nonce"] = self.nonce
        said |= claims
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.proof_key.as_dict(private=False)} | (
            header or {}
        )
        head = {name: value for name, value in head.items() if value is not None}
        return encode(head, told(said, now), self.proof_key)

    def ask_token(self, *, assertion: str | None = None, proof: str | None = None, **form: str) -> Any:
        """The answer of the token endpoint."""
        asked = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
        } | form
        return self.http.post(
            "/oauth/token",
            urlencode({name: value for name, value in asked.items() if value != ""}),
            content_type="application/x-www-form-urlencoded",
            headers={"DPoP": proof if proof is not None else self.proof("POST", "/oauth/token")},
        )

    def sign_in(self, scope: str = "") -> "Machine":
        """Ask for a token and keep it."""
        answer = self.ask_token(scope=scope)
        assert answer.status_code == 200, answer.content
        self.token = answer.json()["access_token"]
        return self

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API with the kept token and a fresh proof; `headers` with _ for - override."""
        sent = {"Authorization": f"DPoP {self.token}", "Accept-Language": "en"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if "DPoP" not in sent:
            sent["DPoP"] = self.proof(method, path.partition("?")[0], token=self.token)
        content = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else b""
        return self.http.generic(method, path, content, content_type="application/json", headers=sent)


def lender(*, licence: dict[str, Any] | None = None, **client: Any) -> Machine:
    """The machine of a new licensed lender."""
    organisation = make_organisation()
    make_licence(organisation, **licence or {})
    key = new_key()
    return Machine(str(make_client(organisation, key, **client).id), key)
