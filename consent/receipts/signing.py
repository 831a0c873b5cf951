"""Signatures of receipts: compact JWS (RFC 7515), ES256, by keys that stand in `/.well-known/jwks.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from consent.receipts.members import Change, canonical, claims
from registry import keys
from registry.errors import RegistryError

KEY = "consent-receipts"
TYPE = "consent-receipt+jws"
_REGISTRY = jws.JWSRegistry(algorithms=["ES256"])


class ReceiptBroken(RegistryError):
    """A receipt is malformed, or none of our keys signed it."""

    code = "receipt_broken"
    status = 422
    sentence = "This is not a receipt that we signed, or it was changed."


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed receipt: its id, the consent and state it is about, the JWS and its payload's SHA-256."""

    id: UUID
    consent_id: UUID
    state: str
    at: datetime
    jws: str
    payload_hash: bytes


def signed(receipt: UUID, change: Change) -> Receipt:
    """The receipt of a change, signed by the newest key."""
    payload = canonical(claims(receipt, change))
    text = sign(payload, TYPE)
    return Receipt(receipt, change.consent.id, change.state, change.at, text, sha256(payload).digest())


def sign(payload: bytes, kind: str) -> str:
    """A compact JWS of this `typ`, signed by the newest key."""
    key = keys.jose_key(KEY)
    header = {"alg": "ES256", "kid": key["kid"], "typ": kind}
    return jws.serialize_compact(header, payload, _imported(key["kid"]), registry=_REGISTRY)


def opened(text: str, kind: str, *, key_set: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The members of a JWS of this `typ` that a key of the set (our own by default) signed.

    Raises ReceiptBroken.
    """
    try:
        found = jws.deserialize_compact(text, _key_set(key_set), registry=_REGISTRY)
        members = json.loads(found.payload or b"")
    except (JoseError, ValueError, TypeError) as error:
        raise ReceiptBroken from error
    if found.headers().get("typ") != kind or not isinstance(members, dict):
        raise ReceiptBroken
    return members


def _key_set(published: Mapping[str, Any] | None) -> KeySet:
    given = published or {"keys": [key.public() for key in keys.jose_keys(KEY)]}
    return KeySet.import_key_set(dict(given))  # type: ignore[arg-type]  # a plain JWK set


@lru_cache(maxsize=8)
def _imported(kid: str) -> ECKey:
    return next(ECKey.import_key(dict(key)) for key in keys.jose_keys(KEY) if key["kid"] == kid)
