"""People are told what waits to be told, as the gateway of a demonstration does it."""

from datetime import datetime

from django.test import override_settings

from registry import messages
from registry.models import Message
from tests.factories.residents import AT


def delivered(at: datetime = AT) -> int:
    """Deliver every message that is due by then; returns how many."""
    with override_settings(DEMO=True):
        return messages.deliver(at=at, limit=10_000)


def queued(kind: str = "negative_record") -> int:
    """How many messages of a kind wait to go out."""
    return Message.objects.filter(kind=kind, state=Message.State.QUEUED).count()
