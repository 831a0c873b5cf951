"""UUIDs come from the database as they went in, alone and in lists."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

from registry.models.uuids import read_uuid

pytestmark = pytest.mark.django_db


def test_uuids_come_back_alone_in_lists_and_as_nothing():
    one, other = uuid4(), uuid4()
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::uuid, ARRAY[%s, NULL, %s]::uuid[], NULL::uuid", [one, one, other])
        assert cursor.fetchone() == (one, [one, None, other], None)


def test_same_uuid_is_made_once():
    text = str(uuid4())
    assert read_uuid(text) is read_uuid(text)
    assert read_uuid(text) == UUID(text)
