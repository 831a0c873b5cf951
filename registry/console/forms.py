"""The operator's forms. They read what was typed; what may be is decided by the services."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.accounts.forms import offer
from registry.catalogue import jurisdiction
from registry.models import Licence, LicenceDecision, Organisation

Reason = LicenceDecision.Reason
# Which reasons an act may have, in the order in which they are offered.
REASONS: dict[str, tuple[str, ...]] = {
    "grant": (Reason.EXAMINED, Reason.RENEWAL, Reason.AUTHORITY),
    "suspend": (Reason.DATA_QUALITY, Reason.BREACH, Reason.SECURITY, Reason.AUTHORITY, Reason.OWN_WISH),
    "resume": (Reason.RESOLVED, Reason.AUTHORITY, Reason.OWN_WISH),
    "end": (Reason.OWN_WISH, Reason.BREACH, Reason.SECURITY, Reason.AUTHORITY, Reason.REFUSED),
}


class OrganisationForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("As it stands on the business licence.")
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        help_text=_("18 characters; the last one is checked."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class LicenceForm(forms.Form):
    """An application for a licence."""

    role = forms.ChoiceField(label=_("Role"), choices=Licence.Role)
    categories = forms.MultipleChoiceField(label=_("Categories"), widget=forms.CheckboxSelectMultiple)
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("For lenders only."),
    )
    valid_from = forms.DateField(
        label=_("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=_("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    number_policy = forms.ChoiceField(
        label=_("Citizen numbers that fail their check"),
        choices=Licence.NumberPolicy,
        widget=forms.RadioSelect,
        initial=Licence.NumberPolicy.REFUSE,
    )
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, organisation: Organisation, **options: Any) -> None:
        super().__init__(*args, **options)
        pack, language = jurisdiction(settings.JURISDICTION), get_language() or ""
        lends = organisation.kind in Organisation.LENDER_KINDS
        offer(
            self,
            "categories",
            ((code, each.label.in_language(language)) for code, each in pack.categories.items()),
        )
        if lends:
            fitting = [each for each in pack.purposes.values() if organisation.kind in each.kinds]
            offer(self, "purposes", ((each.code, each.label.in_language(language)) for each in fitting))
        else:
            del self.fields["purposes"]
            offer(self, "role", [(Licence.Role.FURNISHER.value, Licence.Role.FURNISHER.label)])
        first = timezone.localdate()
        self.fields["valid_from"].initial = first
        self.fields["valid_until"].initial = _in_a_year(first)


class DecisionForm(forms.Form):
    """Why: a reason of the list, which the ledger keeps, and words for colleagues, which it does not."""

    reason = forms.ChoiceField(
        label=_("Reason"), help_text=_("Goes into the ledger."), widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In your own words"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For your colleagues. No personal data, please: it stays for as long as the licence."),
    )

    def __init__(self, *args: Any, act: str, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "reason", [(code, Reason(code).label) for code in REASONS[act]])


def _in_a_year(first: date) -> date:
    return first + timedelta(days=365)
