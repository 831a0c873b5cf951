"""A stream that is open is no way around a key that was revoked, and no place to keep for ever."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from ingest import pipeline, services
from ingest.errors.requests import StreamOver
from ingest.pipeline.stream import LONGEST
from registry.accounts import apikeys
from registry.accounts.errors import KeyRequired
from registry.models import ApiKey, Record
from tests.factories.uploads import BY, wage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(machine):
    key = ApiKey.objects.get(organisation=machine.organisation)
    opened = services.open_stream(
        organisation=machine.organisation.id,
        type="wage",
        name="",
        idempotency_key="",
        as_of=None,
        by=f"api_key:{key.pk}",
        at=timezone.now(),
    )
    return pipeline.Stream(opened.id, opened.type, opened.by, opened.received_at)


def keep(stream, number, at=None):
    line = json.dumps(wage(number)).encode()
    return [one.outcome for one in pipeline.keep_lines(stream, [line], at=at or timezone.now())]


def test_revoked_key_ends_the_stream_it_opened(stream, machine):
    assert keep(stream, 1) == ["accepted"]
    key = ApiKey.objects.get(organisation=machine.organisation)
    apikeys.revoke(key=key.pk, organisation=machine.organisation.id, by=BY, at=timezone.now())
    with pytest.raises(KeyRequired):
        keep(stream, 2)
    assert Record.objects.count() == 1


def test_key_that_is_over_ends_the_stream_it_opened(stream):
    ApiKey.objects.update(expires_at=timezone.now())
    with pytest.raises(KeyRequired):
        keep(stream, 1)


def test_stream_ends_after_its_longest_even_if_only_blank_lines_come(stream):
    late = stream.begun + LONGEST
    assert keep(stream, 1, late - timedelta(seconds=1)) == ["accepted"]
    with pytest.raises(StreamOver):
        pipeline.keep_lines(stream, [b""], at=late)
