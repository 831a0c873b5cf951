"""Proving a mobile: a code goes out, and what comes back says whose it is."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from registry import messages, signin


def send_code(*, mobile: str, address: str, at: datetime) -> UUID:
    """Send a code to whatever number this is, in the reader's language; returns the id of what waits.

    Raises signin.TooManyTries. Neither answer nor work depends on whether the number is on file.
    """
    with transaction.atomic():
        asked = signin.ask(mobile=mobile, address=address, at=at)
        text = _(
            "Juxin: %(code)s is your sign-in code, good for 5 minutes. We never ask for it by phone or chat."
        )
        messages.queue(kind="sign_in_code", mobile=mobile, text=text % {"code": asked.code}, at=at)
    return asked.id
