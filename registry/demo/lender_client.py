"""A lender's client, written against the public API alone: what a lender's developer would write.

    client = LenderClient("https://registry.example", client_id, key)
    asked = client.ask_consent(identity={…}, purpose="tenancy", categories=[…], period={"days": 30})
    consent = client.wait_for_consent(asked["id"])
    report = client.report(consent, purpose="tenancy", reference="case-1")

It signs in by private_key_jwt (RFC 7523) and DPoP (RFC 9449), sends each request with a fresh proof, takes up
the server's nonces, renews its token, and believes a report only once its signature holds.
"""

import hashlib
import json
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY = 20  # seconds before its end at which a token is renewed
_RETRIED = frozenset({"use_dpop_nonce", "invalid_token"})

Json = dict[str, Any]


class ApiRefused(Exception):
    """The registry answered with an error: its stable `code`, HTTP `status` and the whole `problem`."""

    def __init__(self, status: int, code: str, problem: Json) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.problem = problem


class NotGenuine(Exception):
    """A report's signature does not hold for its content and the registry's published keys."""


class LenderClient:
    """One client of one lender. `key` is the private P-256 key whose public half the registry knows."""

    def __init__(
        self, base_url: str, client_id: str, key: ECKey, *, http: httpx.Client | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.client_id = client_id
        self._key = key
        self._proof_key = ECKey.generate_key("P-256")  # binds tokens; lives as long as this client
        self._http = http or httpx.Client(timeout=30)
        self._metadata: Json = {}
        self._nonce = ""
        self._token = ""
        self._token_ends = 0.0

    def ask_consent(self, **request: Any) -> Json:
        """Ask a person for consent; the answer holds `id`, `code` and `link`. Raises ApiRefused."""
        return self._json("POST", "/api/v1/consent-requests", request)

    def consent_request(self, request: str) -> Json:
        """How a request stands: `state`, and `consent_id` once granted. Raises ApiRefused."""
        return self._json("GET", f"/api/v1/consent-requests/{request}")

    def wait_for_consent(
        self, request: str, *, seconds: float = 60, pause: Callable[[float], None] = time.sleep
    ) -> str:
        """Poll until the person has decided; returns the consent's id. Raises ApiRefused, TimeoutError."""
        end = time.monotonic() + seconds
        while True:
            standing = self.consent_request(request)
            if standing["state"] == "granted":
                return str(standing["consent_id"])
            if standing["state"] != "requested":
                raise ApiRefused(200, str(standing["state"]), standing)
            if time.monotonic() > end:
                raise TimeoutError(f"not answered within {seconds:.0f} s")
            pause(1.0)

    def report(
        self, consent_id: str, *, purpose: str, reference: str = "", idempotency_key: str | None = None
    ) -> Json:
        """Read a report by a consent and check its signature. Raises ApiRefused, NotGenuine."""
        body = {"consent_id": consent_id, "purpose": purpose, "reference": reference}
        key = idempotency_key or str(uuid.uuid4())
        return self._verified(self._call("POST", "/api/v1/reports", body, {"Idempotency-Key": key}))

    def kept_report(self, report: str) -> Json:
        """The same report again, within 24 hours. Raises ApiRefused, NotGenuine."""
        return self._verified(self._call("GET", f"/api/v1/reports/{report}"))

    def inquiries(self) -> list[Json]:
        """All own inquiries, page by page, the newest first. Raises ApiRefused."""
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self._json("GET", f"/api/v1/inquiries?limit=200{'&cursor=' + cursor if cursor else ''}")
            found += page["inquiries"]
            cursor = page["next_cursor"]
        return found

    def me(self) -> Json:
        """Licence, purposes and quotas. Raises ApiRefused."""
        return self._json("GET", "/api/v1/me")

    def signed_headers(self, method: str, path: str) -> dict[str, str]:
        """The headers that sign one request in, for use within a minute. Raises ApiRefused."""
        if not self._token or time.time() > self._token_ends - _EARLY:
            self._sign_in()
        proof = self._proof(method, self.base_url + path, self._token)
        return {"Authorization": f"DPoP {self._token}", "DPoP": proof}

    def ledger_proof(self, entry: str) -> Json:
        """The proof that an entry is in the public ledger; anyone may ask for it. Raises ApiRefused."""
        answer = self._http.get(f"{self.base_url}/ledger/proof/{entry}")
        return dict(_accepted(answer).json())

    def verify(self, content: bytes, signature: str) -> Json:
        """The report in these bytes, once their detached JWS holds; raises NotGenuine."""
        head, _, mac = signature.split(".")
        payload = urlsafe_b64encode(content).rstrip(b"=").decode()
        try:
            signed = jws.deserialize_compact(f"{head}.{payload}.{mac}", self._keys(), algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            raise NotGenuine("the signature does not hold") from error
        if signed.headers().get("typ") != "credit-report+jws":
            raise NotGenuine("signed for something else")
        return dict(json.loads(content))

    def _verified(self, answer: httpx.Response) -> Json:
        return self.verify(answer.content, answer.headers["X-JWS-Signature"])

    def _keys(self) -> KeySet:
        published = _accepted(self._http.get(self._discovered()["jwks_uri"])).json()
        return KeySet([ECKey.import_key(key) for key in published["keys"]])

    def _json(self, method: str, path: str, body: Json | None = None) -> Json:
        return dict(self._call(method, path, body).json())

    def _call(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send with token and proof; once more where the server wants a nonce or a new token."""
        answer = self._send(method, path, body, headers or {})
        if answer.status_code == 401 and answer.json().get("code") in _RETRIED:
            if answer.json()["code"] == "invalid_token":
                self._token = ""
            answer = self._send(method, path, body, headers or {})
        return _accepted(answer)

    def _send(self, method: str, path: str, body: Json | None, headers: dict[str, str]) -> httpx.Response:
        sent = headers | self.signed_headers(method, path)
        answer = self._http.request(method, self.base_url + path, json=body, headers=sent)
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        return answer

    def _sign_in(self) -> None:
        """Ask for a token; once more where the server wants a nonce. Raises ApiRefused."""
        address = self._discovered()["token_endpoint"]
        for last in (False, True):
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION,
                "client_assertion": self._assertion(),
            }
            answer = self._http.post(address, data=form, headers={"DPoP": self._proof("POST", address)})
            self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
            if last or answer.status_code == 200 or answer.json().get("error") != "use_dpop_nonce":
                break
        granted = _accepted(answer).json()
        self._token, self._token_ends = granted["access_token"], time.time() + granted["expires_in"]

    def _discovered(self) -> Json:
        if not self._metadata:
            address = f"{self.base_url}/.well-known/oauth-authorization-server"
            self._metadata = dict(_accepted(self._http.get(address)).json())
        return self._metadata

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self._discovered()["issuer"],
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + 60,
        }
        return _signed({"kid": self._key.kid or self._key.thumbprint()}, claims, self._key)

    def _proof(self, method: str, address: str, token: str = "") -> str:
        parts = urlsplit(address)
        claims: Json = {
            "htm": method,
            "htu": urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
        }
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self._nonce:
            claims["nonce"] = self._nonce
        head = {"typ": "dpop+jwt", "jwk": self._proof_key.as_dict(private=False)}
        return _signed(head, claims, self._proof_key)


def _signed(head: Json, claims: Json, key: ECKey) -> str:
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    return jws.serialize_compact({"alg": "ES256"} | head, json.dumps(claims), key, registry=registry)


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = dict(answer.json())
    except ValueError:
        problem = {}
    raise ApiRefused(answer.status_code, str(problem.get("code") or problem.get("error") or ""), problem)
