"""DPoP nonces that need no store: a minute's timestamp and its HMAC under the site's secret (RFC 9449, 8)."""

import base64
import binascii
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

LIFETIME = timedelta(minutes=5)
_STEP = 60  # seconds; everybody who asks within one minute gets the same nonce
_MAC_BYTES = 16


def issue(*, at: datetime) -> str:
    """The nonce of this minute, base64url without padding."""
    return _encode(int(at.timestamp()) // _STEP)


def allowed_nonce(nonce: str, *, at: datetime) -> bool:
    """Whether we issued this nonce, not longer ago than LIFETIME and not in the future."""
    try:
        raw = base64.urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4))
    except (binascii.Error, ValueError):
        return False
    step = int.from_bytes(raw[:4], "big")
    if not constant_time_compare(nonce, _encode(step)):
        return False
    age = int(at.timestamp()) // _STEP - step
    return 0 <= age <= LIFETIME.total_seconds() // _STEP


def _encode(step: int) -> str:
    stamp = step.to_bytes(4, "big")
    mac = salted_hmac("api.dpop.nonce", stamp, algorithm="sha256").digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(stamp + mac).rstrip(b"=").decode()
