"""Lenders' clients: registered with public keys alone, each step with its entry."""

import uuid

import pytest
from django.utils import timezone

from registry.accounts import clients
from registry.errors import InvalidRequest, NotFound
from registry.models import LedgerEntry
from tests.factories.lenders import make_organisation, new_key

pytestmark = pytest.mark.django_db
BY = "member:00000000-0000-4000-8000-000000000001"


def register(organisation, **changes):
    """A client of this organisation with one P-256 key."""
    terms = {"label": "Core banking", "scopes": ["reports"], "jwks": public(new_key())} | changes
    return clients.register(organisation=organisation, by=BY, at=timezone.now(), **terms)


def public(key):
    """A key set with the public half of a key."""
    return {"keys": [key.as_dict(private=False)]}


def events():
    """Names of all entries, in order."""
    return list(LedgerEntry.objects.order_by("id").values_list("event", flat=True))


def test_client_is_kept_with_its_public_key_and_an_entry():
    key = public(new_key())
    made = register(make_organisation().pk, jwks=key)
    assert (made.jwks, made.scopes, events()) == (key, ["reports"], ["credential_issued"])


@pytest.mark.parametrize(
    ("field", "changes"),
    [("label", {"label": " "}), ("scopes", {"scopes": []}), ("jwks", {"jwks": {"keys": []}})],
)
def test_client_without_something_needed_is_refused(field, changes):
    with pytest.raises(InvalidRequest) as refused:
        register(make_organisation().pk, **changes)
    assert list(refused.value.fields) == [field]


def test_private_key_is_refused():
    with pytest.raises(InvalidRequest) as refused:
        register(make_organisation().pk, jwks={"keys": [new_key().as_dict(private=True)]})
    assert list(refused.value.fields) == ["jwks"]


def test_furnisher_has_no_client():
    with pytest.raises(InvalidRequest) as refused:
        register(make_organisation(kind="utility").pk)
    assert list(refused.value.fields) == ["organisation"]


def test_unknown_organisation_has_no_client():
    with pytest.raises(NotFound):
        register(uuid.uuid4())


def test_revoked_client_stays_revoked_with_one_entry():
    organisation = make_organisation()
    made = register(organisation.pk)
    first = clients.revoke(client=made.pk, organisation=organisation.pk, by=BY, at=timezone.now())
    again = clients.revoke(client=made.pk, organisation=organisation.pk, by=BY, at=timezone.now())
    assert (again.revoked_at, events()) == (first.revoked_at, ["credential_issued", "credential_revoked"])


def test_another_organisations_client_cannot_be_revoked():
    made = register(make_organisation().pk)
    with pytest.raises(NotFound):
        clients.revoke(client=made.pk, organisation=make_organisation().pk, by=BY, at=timezone.now())
