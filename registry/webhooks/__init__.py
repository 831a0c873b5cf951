"""Keeper of webhooks: organisations' programs are told what became of their acts, to Standard Webhooks.

What is to be told is written in the acting transaction (`tell`); tasks deliver it after commit. Addresses
and secrets are sealed; what is told holds ids, codes and counts alone (`events`). The choices made here stand
in docs/decisions/0017-webhooks.md.
"""

from registry.webhooks.endpoints import (
    OVERLAP,
    Opened,
    TooManyEndpoints,
    add,
    change,
    endpoint_of,
    endpoints_of,
    opened,
    remove,
    rotate,
)
from registry.webhooks.events import EVENTS, LABELS, PING
from registry.webhooks.outbox import deliver, deliveries_of, forget, ping, replay, tell, wake

__all__ = (
    "EVENTS",
    "LABELS",
    "OVERLAP",
    "PING",
    "Opened",
    "TooManyEndpoints",
    "add",
    "change",
    "deliver",
    "deliveries_of",
    "endpoint_of",
    "endpoints_of",
    "forget",
    "opened",
    "ping",
    "remove",
    "replay",
    "rotate",
    "tell",
    "wake",
)
