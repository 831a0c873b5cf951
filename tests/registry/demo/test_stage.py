"""Setting the stage: everything once, whatever is there already."""

import stat
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from registry.accounts.apikeys import require_key
from registry.accounts.licences import furnisher_licence, lender_licence
from registry.accounts.totp import code_at
from registry.demo.cast import FURNISHERS, LENDER, UTILITY
from registry.demo.stage import set_stage
from registry.ledger import verify
from registry.models import ApiKey, Client, Licence, Organisation, User

pytestmark = pytest.mark.django_db
HALF_MINUTE = timedelta(seconds=30)
COUNTED = (Organisation, Licence, User, ApiKey, Client)


def counts():
    """How many rows there are of everything the stage consists of."""
    return [model.objects.count() for model in COUNTED]


def test_stage_has_all_organisations_with_licences_keys_and_people(tmp_path):
    stage = set_stage(tmp_path, at=timezone.now())
    assert counts() == [4, 4, 6, 3, 1]
    assert set(stage.organisations) == {partner.key for partner in (*FURNISHERS, LENDER)}
    assert [person.role for person in stage.people] == ["operator", "reviewer", *["owner"] * 4]


def test_stage_set_twice_is_the_same(tmp_path):
    first = set_stage(tmp_path, at=timezone.now())
    before = counts()
    again = set_stage(tmp_path, at=timezone.now())
    assert counts() == before
    assert (again.new, again.organisations, again.api_keys) == (0, first.organisations, first.api_keys)
    assert (again.client, again.private_key, again.people) == (first.client, first.private_key, first.people)


def test_secrets_lost_are_made_anew_and_nothing_else(tmp_path):
    first = set_stage(tmp_path / "one", at=timezone.now())
    again = set_stage(tmp_path / "two", at=timezone.now())
    assert counts() == [4, 4, 6, 6, 2]
    assert again.organisations == first.organisations
    assert {person.password for person in again.people} == {""}


def test_licences_allow_what_the_story_needs(tmp_path):
    now = timezone.now()
    stage = set_stage(tmp_path, at=now)
    utility = furnisher_licence(organisation=stage.organisations[UTILITY.key], at=now)
    assert utility.number_policy == "accept_with_warning"
    lender = lender_licence(organisation=stage.organisations[LENDER.key], at=now)
    assert lender.purposes == ["account_review", "credit_application"]


def test_api_keys_open_the_partners_door(tmp_path):
    now = timezone.now()
    stage = set_stage(tmp_path, at=now)
    callers = {
        name: require_key(f"Bearer {secret}", scope="uploads", at=now).organisation
        for name, secret in stage.api_keys.items()
    }
    assert callers == {partner.key: stage.organisations[partner.key] for partner in FURNISHERS}


def test_people_sign_in_with_password_and_code(tmp_path, client):
    stage = set_stage(tmp_path, at=timezone.now())
    owner = stage.people[-1]
    client.post("/accounts/login/", {"login": owner.email, "password": owner.password})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_at(owner.totp, timezone.now())})
    assert (answer.status_code, client.session["_auth_user_id"] != "") == (302, True)


def test_codes_of_the_demo_people_are_printed(tmp_path, capsys):
    stage = set_stage(tmp_path, at=timezone.now())
    call_command("demo_codes", folder=tmp_path)
    printed = dict(line.split()[::-1] for line in capsys.readouterr().out.splitlines()[:-1])
    codes = {person.email: printed[person.email] for person in stage.people}
    now = timezone.now()
    shown = [
        {p.email: code_at(p.totp, now - back) for p in stage.people} for back in (timedelta(0), HALF_MINUTE)
    ]
    assert codes in shown


def test_codes_without_a_demo_are_refused(tmp_path):
    with pytest.raises(CommandError, match="no demo here"):
        call_command("demo_codes", folder=tmp_path)


def test_secrets_can_be_read_by_their_owner_alone(tmp_path):
    set_stage(tmp_path, at=timezone.now())
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_secrets_are_not_shown_by_accident(tmp_path):
    stage = set_stage(tmp_path, at=timezone.now())
    secrets = [
        *stage.api_keys.values(),
        stage.private_key["d"],
        *(person.password for person in stage.people),
    ]
    assert [secret for secret in secrets if secret in repr(stage)] == []


@pytest.mark.django_db(transaction=True)
def test_stage_leaves_a_ledger_that_verifies(tmp_path):
    from registry.ledger import sequence

    set_stage(tmp_path, at=timezone.now())
    sequence(at=timezone.now())
    assert verify().leaves >= 4 + 8 + 6 + 3 + 1
