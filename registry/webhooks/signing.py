"""Secrets and signatures as Standard Webhooks has them: symmetric, HMAC-SHA256, version v1.

https://www.standardwebhooks.com: the signature is over "id.timestamp.body"; while two secrets are in force,
the header holds a signature by each, so a receiver that knows either is content.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

BYTES = 32


def new_secret() -> str:
    """A secret as its receiver writes it down: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def body_of(event: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The message: what happened, when, and its ids and counts."""
    message = {"type": event, "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z", "data": dict(data)}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers(message: str, body: bytes, *, signed_by: Sequence[str], at: datetime) -> dict[str, str]:
    """The three headers of a delivery that is signed by these secrets at this moment."""
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message, moment, body.decode()) for secret in signed_by]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
