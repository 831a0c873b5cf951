"""Every part of the look on one page, filled with invented values: /styleguide, in demo and debug only."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from registry.look.navigation import Entry
from registry.look.statuses import STATUSES
from registry.look.terms import TERMS

MONTHS = [(f"{2025 + n // 12}-{n % 12 + 1:02}", "on_time") for n in range(24)]
SKETCHES = {"resident", "upload", "form", "confirm"}


class SampleForm(forms.Form):
    """One field of each drawing."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on your identity card."))
    code = forms.CharField(
        label=_("Code"), widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"})
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("a", _("A loan")), ("b", _("A tenancy"))])
    categories = forms.MultipleChoiceField(
        label=_("What may be seen"),
        choices=[("bills", _("Bills")), ("work", _("Work"))],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing is ticked beforehand."),
    )
    days = forms.ChoiceField(
        label=_("For how long"),
        choices=[("30", _("30 days")), ("90", _("90 days"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Anything else"), required=False, widget=forms.Textarea({"rows": 3}))
    file = forms.FileField(
        label=_("File"), required=False, help_text=_("CSV or Excel. You can drop it here.")
    )
    sure = forms.BooleanField(label=_("I have read this"))


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """The parts, or one sketch of a whole page (`?sketch=resident`). Raises Http404 on a live site."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    sketch = request.GET.get("sketch", "")
    page = f"styleguide/{sketch}.html" if sketch in SKETCHES else "styleguide/parts.html"
    return render(request, page, samples())


def samples() -> dict[str, Any]:
    """Values for every part: none of a person, all in the form that real pages pass."""
    return {
        **_menus(),
        **_facts(),
        "blank": SampleForm(),
        "wrong": SampleForm({"name": "", "purpose": "x"}),
        "statuses": [(kind, list(codes)) for kind, codes in STATUSES.items()],
        "terms": list(TERMS),
        "page": Paginator(range(60), 20).page(2),
        "code": 'curl https://juxin.example/api/v1/me \\\n  -H "Authorization: DPoP $TOKEN"',
    }


def _menus() -> dict[str, Any]:
    words = [
        _("Home"),
        _("My records"),
        _("Who looked"),
        _("Consents"),
        _("Disputes"),
        _("My report"),
        _("Settings"),
    ]
    icons = ["home", "records", "eye", "hand", "flag", "download", "gear"]
    entries = [Entry(f"#{icon}", word, icon, icon == "home") for word, icon in zip(words, icons, strict=True)]
    return {"bar": entries[:4], "rest": entries[4:]}


def _facts() -> dict[str, Any]:
    return {
        "power": [*MONTHS[11:17], ("2026-06", "late"), *MONTHS[18:23]],
        "rent": [("2025-12", "none"), *MONTHS[12:20], ("2026-09", "unpaid"), *MONTHS[21:23]],
        "wages": [*MONTHS[:22], ("2026-11", "late"), ("2026-12", "none")],
        "looks": [(str(month), (month * 7) % 5) for month in range(1, 13)],
        "reasons": [
            (_("Citizen number fails its check"), 96),
            (_("No consent"), 61),
            (_("Month missing"), 31),
        ],
        "rows": [
            {"label": _("Licence"), "value": "JX-2026-0007"},
            {"label": _("Until"), "value": date(2026, 12, 31)},
        ],
        "columns": [
            *(
                {"label": word}
                for word in (_("Organisation"), _("Purpose"), _("What"), _("Until"), _("State"))
            ),
            {"label": _("Act"), "hidden": True},
        ],
        "consents": [
            [_("Changhe Bank"), _("Loan application"), _("Bills, work"), "2026-12-31", _state(), _act()],
            [_("Shunda Logistics"), _("Adds wage records"), _("Income"), "2027-06-30", _state(), _act()],
        ],
        "events": [
            {
                "at": datetime(2026, 11, 20, 6, 5, tzinfo=UTC),
                "title": _("Changhe Bank looked"),
                "tone": "info",
            },
            {
                "at": date(2026, 11, 12),
                "title": _("You agreed"),
                "tone": "success",
                "text": _("Bills and work"),
            },
        ],
        "stops": [
            _("They can read nothing more about you."),
            _("They must delete what they keep within 7 days."),
        ],
        "stays": [_("The list of looks stays, so that you can see it.")],
        "tiles": [
            {"label": _("Rows taken in"), "value": "49,812", "tone": "success"},
            {"label": _("Rows refused"), "value": "188", "tone": "danger", "url": "#refused"},
            {"label": _("Held for review"), "value": "0", "note": _("Nothing to do")},
        ],
    }


def _state() -> dict[str, Any]:
    return {"badge": {"kind": "consent", "code": "granted"}}


def _act() -> dict[str, Any]:
    return {"text": _("Withdraw"), "url": "#withdraw", "danger": True}
