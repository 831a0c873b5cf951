"""API keys: shown once, kept as a digest, bound to scope and time, ended at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.accounts import apikeys
from registry.accounts.errors import KeyRequired, ScopeMissing
from registry.errors import InvalidRequest, NotFound
from registry.ledger.errors import EntryRefused
from registry.models import ApiKey, LedgerEntry
from tests.factories.organisations import BY, make_furnisher, make_key, make_person

pytestmark = pytest.mark.django_db


def entries(event):
    return LedgerEntry.objects.filter(event=event).count()


def call(secret, scope="uploads", at=None):
    return apikeys.require_key(f"Bearer {secret}", scope=scope, at=at or timezone.now())


def test_key_names_its_organisation_and_itself():
    organisation = make_furnisher(licensed=False)
    secret = make_key(organisation.pk)
    key = ApiKey.objects.get()
    assert call(secret) == apikeys.KeyCaller(organisation.pk, f"api_key:{key.pk}", key.pk)


def test_key_keeps_neither_secret_nor_anything_that_leads_to_it():
    secret = make_key(make_furnisher(licensed=False).pk)
    kept = " ".join(str(value) for row in ApiKey.objects.values() for value in row.values())
    assert secret not in kept
    assert ApiKey.objects.get().prefix == secret[:9]


def test_key_remembers_the_member_who_made_it():
    organisation = make_furnisher(licensed=False)
    person = make_person("developer", organisation.pk, second_factor=False)
    make_key(organisation.pk, by=person.by)
    assert ApiKey.objects.get().created_by == person.user


@pytest.mark.parametrize("scope", ["records", "consents", ""])
def test_key_opens_only_what_it_was_made_for(scope):
    secret = make_key(make_furnisher(licensed=False).pk, "uploads")
    with pytest.raises(ScopeMissing):
        call(secret, scope)


def test_key_ends_on_its_day():
    secret = make_key(make_furnisher(licensed=False).pk)
    ends = ApiKey.objects.get().expires_at
    assert call(secret, at=ends - timedelta(seconds=1))
    with pytest.raises(KeyRequired):
        call(secret, at=ends)


def test_key_is_refused_from_its_revocation_on():
    organisation = make_furnisher(licensed=False)
    secret = make_key(organisation.pk)
    key = ApiKey.objects.get()
    now = timezone.now()
    apikeys.revoke(key=key.pk, organisation=organisation.pk, by=BY, at=now)
    apikeys.revoke(key=key.pk, organisation=organisation.pk, by=BY, at=now + timedelta(days=1))
    with pytest.raises(KeyRequired):
        call(secret)
    assert ApiKey.objects.get().revoked_at == now
    assert (entries("credential_issued"), entries("credential_revoked")) == (1, 1)


def test_key_of_another_organisation_cannot_be_revoked():
    secret = make_key(make_furnisher(licensed=False).pk)
    with pytest.raises(NotFound):
        apikeys.revoke(
            key=ApiKey.objects.get().pk,
            organisation=make_furnisher(licensed=False).pk,
            by=BY,
            at=timezone.now(),
        )
    assert call(secret)


@pytest.mark.parametrize(
    "header", [None, "", "jx_x", "Bearer", "Bearer jx_" + "A" * 43, "Basic jx_" + "A" * 43, "Bearer \x00"]
)
def test_header_without_a_known_key_is_refused_in_one_way(header):
    with pytest.raises(KeyRequired) as refused:
        apikeys.require_key(header, scope="uploads", at=timezone.now())
    assert (refused.value.code, refused.value.status, refused.value.detail) == ("api_key_required", 401, "")


def test_word_bearer_may_be_written_in_any_case():
    secret = make_key(make_furnisher(licensed=False).pk)
    assert apikeys.require_key(f"bearer {secret}", scope="uploads", at=timezone.now())


def test_use_of_a_key_is_noted_once_a_day(django_assert_num_queries):
    secret = make_key(make_furnisher(licensed=False).pk)
    now = timezone.now()
    with django_assert_num_queries(2):
        call(secret, at=now)
    with django_assert_num_queries(1):
        call(secret, at=now)
    assert ApiKey.objects.get().last_used_on == timezone.localdate(now)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["everything"]}),
        ("label", {"label": "  "}),
        ("label", {"label": "x" * 81}),
        ("expires_at", {"expires_at": timezone.now() - timedelta(days=1)}),
        ("expires_at", {"expires_at": timezone.now() + timedelta(days=400)}),
    ],
)
def test_key_with_a_fault_is_not_made(field, options):
    organisation = make_furnisher(licensed=False)
    asked = {
        "organisation": organisation.pk,
        "label": "ERP",
        "scopes": ["uploads"],
        "by": BY,
        "at": timezone.now(),
    }
    with pytest.raises(InvalidRequest) as refused:
        apikeys.issue(**asked | options)
    assert list(refused.value.fields) == [field]
    assert ApiKey.objects.count() == 0


def test_key_is_not_made_without_its_entry(request):
    organisation = make_furnisher(licensed=False)
    request.getfixturevalue("refusing_ledger")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_key(organisation.pk)
    assert ApiKey.objects.count() == 0


def test_key_is_not_revoked_without_its_entry(request):
    organisation = make_furnisher(licensed=False)
    make_key(organisation.pk)
    request.getfixturevalue("refusing_ledger")
    with pytest.raises(IntegrityError), transaction.atomic():
        apikeys.revoke(key=ApiKey.objects.get().pk, organisation=organisation.pk, by=BY, at=timezone.now())
    assert ApiKey.objects.get().revoked_at is None


def test_actor_must_be_one():
    with pytest.raises(EntryRefused):
        make_key(make_furnisher(licensed=False).pk, by="Chen Xiao")
