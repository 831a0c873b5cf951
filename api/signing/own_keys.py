"""Our own signing keys as this app uses them: the newest signs, every version that is published verifies."""

from typing import Any

from joserfc.jwk import KeySet

from api.signing import jose
from consent.receipts import KEY as RECEIPTS
from registry import keys

TOKENS = "tokens"
REPORTS = "reports"


def signing_key(name: str) -> dict[str, str]:
    """The private ES256 JWK that signs `name` now. Raises KeyUnavailable."""
    return keys.jose_key(name)


def verification_keys(name: str) -> KeySet:
    """Every version of a key, to verify what any of them signed."""
    return KeySet([jose.imported(key) for key in keys.jose_keys(name)])


def published() -> dict[str, list[dict[str, Any]]]:
    """The public keys of access tokens, reports and consents' receipts as a JWK set (RFC 7517).

    The newest of each comes first.
    """
    names = (TOKENS, REPORTS, RECEIPTS)
    return {"keys": [dict(key.public()) for name in names for key in keys.jose_keys(name)]}
