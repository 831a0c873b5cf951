"""The admin as a reading room: nothing secret in it, and nothing to be changed."""

import pytest

from registry.console.tables import tables
from registry.models import Organisation
from tests.factories.organisations import make_furnisher, make_key, make_person, make_staff, signed_in

pytestmark = pytest.mark.django_db

NAMES = sorted(model._meta.model_name for model in tables._registry)
SECRET = {"password", "digest", "sealed", "data", "wrapped", "fingerprint", "file_key", "secret"}


def test_tables_with_secrets_are_not_there():
    assert NAMES == [
        "apikey",
        "client",
        "ledgercheckpoint",
        "ledgerentry",
        "licence",
        "licencedecision",
        "membership",
        "merge",
        "organisation",
        "user",
    ]


@pytest.mark.parametrize("model", tables._registry, ids=lambda model: model._meta.model_name)
def test_no_secret_column_is_shown(model, rf):
    shown = tables._registry[model]
    named = shown.fields or [field.name for field in model._meta.get_fields() if field.concrete]
    assert SECRET & {*named, *shown.list_display} == set()


@pytest.mark.parametrize("role", ["operator", "compliance"])
def test_every_table_can_be_read(role):
    employer = make_furnisher()
    make_key(employer.pk)
    browser = signed_in(make_staff(role))
    assert [browser.get(f"/console/admin/registry/{name}/").status_code for name in NAMES] == [200] * len(
        NAMES
    )


@pytest.mark.parametrize(
    "lookup",
    [
        "user/?password__startswith=a",
        "apikey/?digest=a",
        "membership/?user__password__startswith=a",
        "apikey/?created_by__password__startswith=a",
    ],
)
def test_no_filter_tells_what_a_secret_column_holds(lookup):
    assert signed_in(make_staff()).get(f"/console/admin/registry/{lookup}").status_code == 400


def test_filter_by_a_shown_column_works():
    browser = signed_in(make_staff())
    assert browser.get("/console/admin/registry/licence/?role__exact=lender").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_nothing_can_be_added(name):
    assert signed_in(make_staff()).get(f"/console/admin/registry/{name}/add/").status_code == 403


def test_row_can_be_read_and_not_changed_or_deleted():
    employer = make_furnisher()
    row = f"/console/admin/registry/organisation/{employer.pk}"
    browser = signed_in(make_staff())
    page = browser.get(f"{row}/change/").content.decode()
    assert (employer.credit_code in page, 'name="_save"' in page) == (True, False)
    assert browser.post(f"{row}/change/", {"name": "x"}).status_code == 403
    assert browser.post(f"{row}/delete/", {"post": "yes"}).status_code == 403
    assert Organisation.objects.get().name == employer.name


def test_reviewer_has_no_reading_room():
    browser = signed_in(make_staff("reviewer"))
    assert browser.get("/console/admin/").status_code == 403
    assert "/console/admin/" not in browser.get("/console/").content.decode()


def test_superuser_flag_opens_nothing():
    person = make_person("owner", make_furnisher().pk)
    person.user.is_superuser = person.user.is_staff = True
    person.user.save()
    assert signed_in(person).get("/console/admin/").status_code == 403
