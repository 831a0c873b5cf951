"""Licences, people and lenders' machines from a shell."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from registry.accounts import licences
from registry.models import Client, LedgerEntry, Licence, LicenceDecision, Membership, User
from tests.factories.lenders import make_organisation, new_key
from tests.factories.organisations import make_furnisher, make_person, make_staff, membership_of

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def apply(organisation, *more):
    dates = ("--from", TODAY.isoformat(), "--until", (TODAY + timedelta(days=365)).isoformat())
    return run(
        "licence", "apply", organisation.credit_code, "furnisher", "--category", "income", *dates, *more
    )


def test_licence_lives_from_application_to_end():
    apply(make_furnisher(licensed=False), "--number", "JX-7")
    for act, state in (("grant", "active"), ("suspend", "suspended"), ("resume", "active"), ("end", "ended")):
        assert run("licence", act, "JX-7", "--note", "as agreed").startswith(f"JX-7 is {state}")
        assert Licence.objects.get().status == state
    assert LicenceDecision.objects.filter(note="as agreed", by="system:licence_command").count() == 4
    events = LedgerEntry.objects.filter(event__startswith="licence_").order_by("id")
    assert [entry.event.removeprefix("licence_") for entry in events] == [
        "applied",
        "granted",
        "suspended",
        "resumed",
        "ended",
    ]


def test_policy_for_wrong_numbers_is_set():
    organisation = make_furnisher()
    licence = licences.furnisher_licence(organisation=organisation.pk, at=timezone.now())
    run("licence", "number-policy", licence.number, "accept_with_warning")
    assert Licence.objects.get().number_policy == "accept_with_warning"


def test_list_names_every_licence():
    organisation = make_furnisher()
    assert [part in run("licence", "list") for part in ("active", organisation.name, "income")] == [True] * 3


@pytest.mark.parametrize(
    "words",
    [
        ("licence", "grant", "JX-0"),
        ("licence", "resume", "JX-7"),
        (
            "licence",
            "apply",
            "X",
            "furnisher",
            "--category",
            "income",
            "--from",
            "2026-01-01",
            "--until",
            "2026-12-31",
        ),
        ("member", "remove", "nobody@example.org"),
        ("member", "reset", "nobody@example.org"),
        ("member", "add", "x@example.org", "owner"),
        ("member", "add", "x@example.org", "owner", "--organisation", "X"),
        ("client", "add", "X", "--label", "Core", "--jwks", "none.json"),
        ("client", "revoke", str(uuid.UUID(int=1))),
    ],
)
def test_what_cannot_be_done_ends_with_its_reason(words):
    apply(make_furnisher(licensed=False), "--number", "JX-7")
    before = LedgerEntry.objects.count()
    with pytest.raises(CommandError):
        run(*words)
    assert (LedgerEntry.objects.count(), User.objects.count()) == (before, 0)


def test_first_operator_is_made_in_a_shell(monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: "a very long first password")
    run("member", "add", "first@example.org", "operator", "--name", "陈晓", "--password")
    user = User.objects.get()
    assert (user.is_staff, user.check_password("a very long first password")) == (True, True)
    assert "operator    first@example.org  operator" in run("member", "list")


def test_member_is_changed_and_removed():
    organisation = make_furnisher()
    person = make_person("clerk", organisation.pk)
    where = ("--organisation", organisation.credit_code)
    run("member", "change", person.user.email, "viewer", *where)
    assert membership_of(person).role == "viewer"
    run("member", "remove", person.user.email, *where)
    assert Membership.objects.count() == 0


def test_lost_second_factor_is_reset():
    person = make_staff()
    run("member", "reset", person.user.email)
    assert person.user.authenticator_set.count() == 0
    assert LedgerEntry.objects.order_by("-id").first().event == "credential_revoked"


def key_file(folder, *, private=False):
    """A file with a set of one key."""
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": [new_key().as_dict(private=private)]}))
    return str(path)


def test_client_lives_from_its_keys_to_its_end(tmp_path):
    lender = make_organisation()
    said = run("client", "add", lender.credit_code, "--label", "Core", "--jwks", key_file(tmp_path))
    made = Client.objects.get()
    assert said == f"client_id {made.pk}\n"
    assert (made.organisation, made.scopes) == (lender, ["consent_requests", "inquiries", "reports"])
    assert f"{made.pk}  active   {lender}  Core" in run("client", "list")
    run("client", "revoke", str(made.pk))
    assert f"{made.pk}  revoked  {lender}  Core" in run("client", "list")
    events = LedgerEntry.objects.order_by("id").values_list("event", flat=True)
    assert list(events) == ["credential_issued", "credential_revoked"]


def test_client_gets_the_scopes_named(tmp_path):
    add = ("client", "add", make_organisation().credit_code, "--label", "Core", "--jwks", key_file(tmp_path))
    run(*add, "--scope", "reports")
    assert Client.objects.get().scopes == ["reports"]


@pytest.mark.parametrize("content", ["", "[]", '{"keys": "x"}', '{"keys": ["x"]}', '{"keys": []}'])
def test_file_without_keys_makes_no_client(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(CommandError):
        run("client", "add", make_organisation().credit_code, "--label", "Core", "--jwks", str(path))
    assert Client.objects.count() == 0


def test_private_key_makes_no_client(tmp_path):
    path = key_file(tmp_path, private=True)
    with pytest.raises(CommandError, match="jwks"):
        run("client", "add", make_organisation().credit_code, "--label", "Core", "--jwks", path)
    assert Client.objects.count() == 0
