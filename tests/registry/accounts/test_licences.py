"""The life of a licence: each step from the right state alone, with decision and entry, or not at all."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.accounts import licences
from registry.accounts.errors import LicenceState, LicenceTaken
from registry.errors import InvalidRequest, LicenceRequired, NotFound
from registry.models import LedgerEntry, Licence, LicenceDecision, Organisation
from tests.factories.organisations import BY, credit_code, make_furnisher, make_furnisher_licence

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
STEPS = {
    "grant": licences.grant,
    "suspend": licences.suspend,
    "resume": licences.resume,
    "end": licences.end,
}
# From each state, where each step leads.
LIFE = {
    "applied": {"grant": "active", "end": "ended"},
    "active": {"suspend": "suspended", "end": "ended"},
    "suspended": {"resume": "active", "end": "ended"},
    "ended": {},
}
WAYS = {"applied": [], "active": ["grant"], "suspended": ["grant", "suspend"], "ended": ["end"]}
EVENTS = {
    "grant": "licence_granted",
    "suspend": "licence_suspended",
    "resume": "licence_resumed",
    "end": "licence_ended",
}


def apply(organisation, **changes):
    asked = {
        "organisation": organisation.pk,
        "role": "furnisher",
        "categories": ["income", "employment"],
        "valid_from": TODAY,
        "valid_until": TODAY + timedelta(days=365),
        "by": BY,
        "at": timezone.now(),
    }
    return licences.apply(**asked | changes)


def take(step, licence, **changes):
    return STEPS[step](
        **{"licence": licence.pk, "reason": "examined", "by": BY, "at": timezone.now()} | changes
    )


def licence_in(state):
    licence = apply(make_furnisher(licensed=False))
    for step in WAYS[state]:
        licence = take(step, licence)
    assert licence.status == state
    return licence


def test_application_keeps_what_was_asked():
    licence = apply(make_furnisher(licensed=False))
    assert (licence.status, licence.categories, licence.purposes) == ("applied", ["employment", "income"], [])
    assert licence.number.startswith("JX-F-")


@pytest.mark.parametrize(("moment", "year"), [("15:59:59Z", 2026), ("16:00:00Z", 2027)])
def test_number_tells_the_year_in_which_the_registry_stands(moment, year):
    licence = apply(make_furnisher(licensed=False), at=datetime.fromisoformat(f"2026-12-31T{moment}"))
    assert licence.number.startswith(f"JX-F-{year}-")


@pytest.mark.parametrize("state", LIFE)
@pytest.mark.parametrize("step", STEPS)
def test_step_leads_where_it_should_or_nowhere(state, step):
    licence = licence_in(state)
    before = LedgerEntry.objects.count()
    if step in LIFE[state]:
        assert take(step, licence).status == LIFE[state][step]
        assert LedgerEntry.objects.order_by("-id").first().event == EVENTS[step]
    else:
        with pytest.raises(LicenceState):
            take(step, licence)
        assert LedgerEntry.objects.count() == before
    assert Licence.objects.get(pk=licence.pk).status == LIFE[state].get(step, state)


def test_decision_keeps_reason_and_note_and_points_to_its_entry():
    licence = licence_in("active")
    take("suspend", licence, reason="data_quality", note=" Three files of duplicates in March. ")
    decision = LicenceDecision.objects.order_by("-id").first()
    assert (decision.status, decision.reason) == ("suspended", "data_quality")
    assert (decision.note, decision.by) == ("Three files of duplicates in March.", BY)
    entry = LedgerEntry.objects.get(entry=decision.entry)
    assert (entry.event, entry.organisation) == ("licence_suspended", licence.organisation_id)
    assert "duplicates" not in entry.body


@pytest.mark.parametrize("state", ["applied", "active", "suspended"])
@pytest.mark.parametrize("step", STEPS)
def test_step_does_not_happen_without_its_entry(request, state, step):
    licence = licence_in(state)
    decisions = LicenceDecision.objects.count()
    request.getfixturevalue("refusing_ledger")
    with pytest.raises((IntegrityError, LicenceState)), transaction.atomic():
        take(step, licence)
    assert Licence.objects.get(pk=licence.pk).status == state
    assert LicenceDecision.objects.count() == decisions


def test_application_does_not_happen_without_its_entry(request):
    organisation = make_furnisher(licensed=False)
    request.getfixturevalue("refusing_ledger")
    with pytest.raises(IntegrityError), transaction.atomic():
        apply(organisation)
    assert Licence.objects.count() == 0


def test_step_needs_a_reason_of_the_list():
    with pytest.raises(InvalidRequest):
        take("grant", apply(make_furnisher(licensed=False)), reason="because")


def test_second_licence_for_a_role_is_not_granted_beside_the_first():
    organisation = make_furnisher()
    second = apply(organisation)
    with pytest.raises(LicenceTaken):
        take("grant", second)
    assert Licence.objects.get(pk=second.pk).status == "applied"


def test_number_is_used_once():
    apply(make_furnisher(licensed=False), number="JX-1")
    with pytest.raises(LicenceTaken):
        apply(make_furnisher(licensed=False), number="JX-1")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("categories", {"categories": []}),
        ("categories", {"categories": ["religion"]}),
        ("purposes", {"purposes": ["credit_application"]}),
        ("valid_until", {"valid_until": TODAY - timedelta(days=1)}),
        ("number_policy", {"number_policy": "anything"}),
    ],
)
def test_application_with_a_fault_is_refused(field, changes):
    with pytest.raises(InvalidRequest) as refused:
        apply(make_furnisher(licensed=False), **changes)
    assert list(refused.value.fields) == [field]


def test_furnisher_cannot_be_licensed_to_lend():
    with pytest.raises(InvalidRequest) as refused:
        apply(make_furnisher(licensed=False), role="lender", purposes=["credit_application"])
    assert list(refused.value.fields) == ["role"]


def test_lender_may_be_licensed_to_furnish_its_tradelines_too():
    bank = Organisation.objects.create(name="长河银行", kind="bank", credit_code=credit_code())
    licence = apply(bank, role="furnisher", categories=["tradelines"])
    take("grant", licence)
    asked = apply(bank, role="lender", purposes=["credit_application"])
    take("grant", asked)
    assert licences.furnisher_licence(organisation=bank.pk, at=timezone.now()) == licence
    assert licences.lender_licence(organisation=bank.pk, at=timezone.now()) == asked


def test_lender_needs_a_purpose():
    bank = Organisation.objects.create(name="长河银行", kind="bank", credit_code=credit_code())
    with pytest.raises(InvalidRequest) as refused:
        apply(bank, role="lender")
    assert list(refused.value.fields) == ["purposes"]


@pytest.mark.parametrize("step", ["suspend", "end"])
def test_organisation_furnishes_until_its_licence_is_taken(step):
    organisation = make_furnisher()
    licence = licences.furnisher_licence(organisation=organisation.pk, at=timezone.now())
    take(step, licence, reason="breach")
    with pytest.raises(LicenceRequired):
        licences.furnisher_licence(organisation=organisation.pk, at=timezone.now())


@pytest.mark.parametrize("moved", [-40, +320])
def test_organisation_furnishes_within_its_dates_alone(moved):
    dates = {"valid_from": TODAY - timedelta(days=30), "valid_until": TODAY + timedelta(days=300)}
    organisation = make_furnisher(**dates)
    with pytest.raises(LicenceRequired):
        licences.furnisher_licence(organisation=organisation.pk, at=timezone.now() + timedelta(days=moved))


def test_last_day_of_a_licence_ends_at_midnight_of_the_country():
    organisation = make_furnisher(licensed=False)
    licence = make_furnisher_licence(organisation.pk, categories=["income"], valid_until=date(2026, 12, 31),
                                     valid_from=date(2026, 1, 1))  # fmt: skip
    last = timezone.datetime.fromisoformat("2026-12-31T23:59:59+08:00")
    assert licences.furnisher_licence(organisation=organisation.pk, at=last) == licence
    with pytest.raises(LicenceRequired):
        licences.furnisher_licence(organisation=organisation.pk, at=last + timedelta(seconds=1))


def test_number_policy_of_an_active_licence_can_be_changed():
    licence = licence_in("active")
    licences.set_number_policy(licence=licence.pk, policy="accept_with_warning", by=BY, at=timezone.now())
    assert Licence.objects.get().number_policy == "accept_with_warning"
    last = LedgerEntry.objects.order_by("-id").first()
    assert last.event == "licence_granted"
    assert '"number_policy":"accept_with_warning"' in last.body


@pytest.mark.parametrize("state", ["applied", "suspended", "ended"])
def test_number_policy_of_any_other_licence_stays(state):
    licence = licence_in(state)
    with pytest.raises(LicenceState):
        licences.set_number_policy(licence=licence.pk, policy="accept_with_warning", by=BY, at=timezone.now())


def test_unknown_licence_and_organisation_are_not_found():
    organisation = make_furnisher(licensed=False)
    licence = apply(organisation)
    with pytest.raises(NotFound):
        licences.grant(licence=organisation.pk, reason="examined", by=BY, at=timezone.now())
    with pytest.raises(NotFound):
        apply(licence)
