"""Consents made before a planned change of the index key are found after it."""

from io import StringIO

import pytest
from django.core.management import call_command

from consent import queries
from registry import keys
from tests.factories.consents import ask, make_lender, new_identity

pytestmark = pytest.mark.django_db(transaction=True)  # keys are committed apart from any transaction


def test_code_of_before_a_key_change_opens_its_request_after_it() -> None:
    asked = ask(make_lender(), new_identity())
    call_command("reindex", "--new-key", stdout=StringIO())
    keys.forget()
    assert len(keys.indexers()) == 2
    assert queries.request_by_code(code=asked.code).id == asked.id
