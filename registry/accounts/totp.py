"""Time-based one-time codes (RFC 6238): what an authenticator app shows. SHA-1, 30 seconds, six digits."""

import base64
import hmac
import struct
from datetime import datetime

PERIOD = 30
DIGITS = 6


def code_at(secret: str, at: datetime) -> str:
    """The code of a base32 secret at this moment."""
    counter = struct.pack(">Q", int(at.timestamp()) // PERIOD)
    digest = hmac.digest(base64.b32decode(secret, casefold=True), counter, "sha1")
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def seconds_left(at: datetime) -> int:
    """How long the code of this moment is still shown."""
    return PERIOD - int(at.timestamp()) % PERIOD
