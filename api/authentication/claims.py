"""Reading times and names out of JWT claims, whatever a caller put there."""

import math
from datetime import datetime, timedelta
from typing import Any

# FAPI 2.0 asks to accept 10 s of clock difference into the future and to refuse more than 60 s.
FUTURE = timedelta(seconds=15)
MAX_JTI = 256


def moment(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate claim in seconds since the epoch; None if absent or not a finite number."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(_bounded(value)):
        return None
    return float(value)


def _bounded(value: int | float) -> float:
    return float(value) if abs(value) < 2**53 else math.inf


def text(claims: dict[str, Any], name: str) -> str:
    """A text claim; "" if absent or of another type."""
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def ahead(seconds: float, *, at: datetime) -> bool:
    """Whether a moment lies further in the future than clocks may differ."""
    return seconds > at.timestamp() + FUTURE.total_seconds()


def require_jti(claims: dict[str, Any]) -> str:
    """The `jti`, 1 to 256 characters; raises ValueError."""
    jti = text(claims, "jti")
    if not 0 < len(jti) <= MAX_JTI:
        raise ValueError("the claim jti is missing or longer than 256 characters")
    return jti
