"""The programs in docs/partners.md run."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from standardwebhooks.webhooks import WebhookVerificationError

from ingest.services.room import FILES, MOST_OPEN
from registry.webhooks import EVENTS, signing

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "partners.md").read_text()


def receiver():
    """The receiver of webhooks as the page has it."""
    found = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "standardwebhooks" in block]
    assert len(found) == 1
    names: dict[str, object] = {}
    exec(found[0], names)  # noqa: S102  (our own page)
    return names["receive"]


def test_receiver_of_the_page_understands_a_message_and_refuses_a_forged_one():
    secret, at = signing.new_secret(), datetime.now(tz=UTC)
    body = signing.body_of("upload.finished", {"upload": "0b6a", "refused": 2}, at)
    sent = signing.headers("msg_1", body, signed_by=[secret], at=at)
    receive = receiver()
    assert receive(body, sent, secret) == "/api/v1/uploads/0b6a/result"
    with pytest.raises(WebhookVerificationError):
        receive(body.replace(b"2", b"3"), sent, secret)


def test_every_event_is_on_the_page():
    told = set(re.findall(r"^\| `((?:upload|test)\.\w+)` \|", PAGE, re.M))
    assert told == set(EVENTS)


def test_room_of_an_organisation_is_on_the_page_as_the_code_has_it():
    (row,) = re.findall(r"^\| room \| (.*)", PAGE, re.M)
    bytes_in_all = FILES * settings.UPLOAD_MAX_BYTES
    assert f"at most {FILES} of the largest files, {bytes_in_all // 1024**3} GiB;" in row
    assert f"at most {MOST_OPEN} of those are on their way at once" in row
