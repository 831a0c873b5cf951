"""A resident's browser without a screen: signs in as people do, with the code of the message."""

import re
from datetime import datetime

from django.test import Client
from django.utils import timezone

from registry import messages, residents
from registry.models import Message
from tests.factories.consents import Known, make_resident

MOBILE = "13912345678"


def visitor(*, language: str = "en", **options: object) -> Client:
    """A stranger's browser."""
    return Client(headers={"accept-language": language}, **options)


def make_account(*, at: datetime | None = None, **fields: str) -> Known:
    """A resident who has claimed what is held about her."""
    known = make_resident(**fields)
    residents.claim(
        mobile=known.identity["mobile"],
        name=known.identity["name"],
        document=known.identity["id_number"],
        by="system:test",
        method="sms",
        at=at or timezone.now(),
    )
    return known


def newest_code(settings: object) -> str:
    """The code in the newest message, read as the demonstration's inbox shows it."""
    settings.DEMO = True
    text = messages.inbox(limit=1)[0].text
    settings.DEMO = False
    return re.search(r"(?<!\d)(\d{6})(?!\d)", text)[1]


def ask_code(browser: Client, mobile: str = MOBILE, **more: str) -> None:
    """Type a number and have a code sent."""
    answer = browser.post("/sign-in", {"mobile": mobile} | more)
    assert answer.status_code == 302, answer.content.decode()


def signed_in(known: Known, settings: object, *, language: str = "en") -> Client:
    """A browser in which this resident has signed in, page by page."""
    browser = visitor(language=language)
    ask_code(browser, known.identity["mobile"])
    answer = browser.post("/sign-in/code", {"code": newest_code(settings)})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    return browser


def sent() -> int:
    """How many messages are on file."""
    return Message.objects.count()
