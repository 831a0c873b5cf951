"""Client authentication by private_key_jwt (RFC 7523), narrowed by the FAPI 2.0 Security Profile (5.3.2.1).

Authlib reads the request and knows the flow; the algorithms, the audience (our issuer and nothing else, as a
string), the times and the keys are decided here.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE, JWTBearerClientAssertion
from django.conf import settings
from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from api import signing
from api.authentication import claims as read_claims
from registry.models import Client

MAX_AHEAD = timedelta(minutes=5)


@dataclass(slots=True)
class _Form:
    """What Authlib asks of a request: its form, and a place to put the client."""

    form: Mapping[str, str]
    client: Client | None = None


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved who it is, and the `jti` of its assertion to be noted as used."""

    client: Client
    jti: str
    expires_at: datetime


def require_client(form: Mapping[str, str], *, at: datetime) -> Authenticated:
    """The client that signed the assertion in this form; raises InvalidClientError (RFC 6749, 5.2).

    The single use of the assertion is noted by the caller once the whole request holds.
    """
    if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("client_assertion"):
        raise InvalidClientError("the client must authenticate by private_key_jwt")
    assertion = _Assertion(at)
    client: Client = assertion(_find, _Form(form))
    if form.get("client_id") not in (None, str(client.id)):
        raise InvalidClientError("client_id is not the client of the assertion")
    return Authenticated(client, assertion.jti, assertion.expires_at)


def _find(client_id: str) -> Client | None:
    try:
        key = uuid.UUID(client_id)
    except ValueError:
        return None
    if str(key) != client_id:
        return None  # one client, one name: iss and sub are compared with it
    return Client.objects.select_related("organisation").filter(id=key, revoked_at=None).first()


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # the library is not annotated
    """Authlib's flow with our answers; one instance checks one assertion."""

    def __init__(self, at: datetime) -> None:
        super().__init__(validate_jti=False)
        self.at = at
        self.jti = ""
        self.expires_at = at

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        jwt = _read(assertion)
        return jwt.header, jwt.claims

    def resolve_client_public_key(self, client: Client) -> KeySet:
        return KeySet(_keys(client))

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        jwt = _read(assertion)
        try:
            signing.require_signature(jwt, resolve_key)
        except signing.JwtRefused as error:
            raise InvalidClientError(str(error)) from error
        self.verify_claims(jwt.claims)
        return jwt.claims

    def verify_claims(self, claims: dict[str, Any]) -> None:
        if not read_claims.text(claims, "iss") or claims["iss"] != claims.get("sub"):
            raise InvalidClientError("the claims iss and sub must both be the client_id")
        if claims.get("aud") != settings.BASE_URL:
            raise InvalidClientError("the claim aud must be the issuer of this server, as a string")
        self._verify_times(claims)
        try:
            self.jti = read_claims.require_jti(claims)
        except ValueError as error:
            raise InvalidClientError(str(error)) from error

    def _verify_times(self, claims: dict[str, Any]) -> None:
        expires = read_claims.moment(claims, "exp")
        if expires is None:
            raise InvalidClientError("the claim exp is missing")
        if expires <= self.at.timestamp():
            raise InvalidClientError("the assertion has expired")
        if expires > self.at.timestamp() + MAX_AHEAD.total_seconds() + read_claims.FUTURE.total_seconds():
            raise InvalidClientError("the claim exp lies more than five minutes ahead")
        for name in ("iat", "nbf"):
            made = read_claims.moment(claims, name)
            if made is None and name in claims:
                raise InvalidClientError(f"the claim {name} is not a time")
            if made is not None and read_claims.ahead(made, at=self.at):
                raise InvalidClientError(f"the claim {name} lies in the future")
        self.expires_at = datetime.fromtimestamp(expires, tz=UTC)

    def authenticate_client(self, client: Client) -> Client:
        return client


def _read(assertion: str) -> signing.Jwt:
    try:
        return signing.read(assertion)
    except signing.JwtRefused as error:
        raise InvalidClientError(str(error)) from error


def _keys(client: Client) -> list[Key]:
    keys = []
    for held in client.jwks.get("keys", ()):
        try:
            key = jwk.import_key(held)
            signing.require_strong(key)
        except (JoseError, ValueError, TypeError):
            continue  # RFC 7517, 5: keys that are not understood are ignored
        keys.append(key)
    return keys
