"""The desk's forms."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.accounts.apikeys import SCOPES
from registry.accounts.forms import offer


class UploadForm(forms.Form):
    """A file, and what is in it if the clerk wants to say so."""

    file = forms.FileField(
        label=_("File to send"),
        help_text=_("Excel (.xlsx), CSV or NDJSON. Drop it on the box or choose it."),
        widget=forms.FileInput({"accept": ".xlsx,.csv,.txt,.tsv,.ndjson,.jsonl"}),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
    )
    type = forms.ChoiceField(label=_("What is in it"), required=False)

    def __init__(self, *args: Any, types: Iterable[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "type", [("", _("Find out from the columns")), *types])


class KeyForm(forms.Form):
    """A new API key."""

    label = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("The program that will use it, for example: payroll export."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=SCOPES.items(), widget=forms.CheckboxSelectMultiple
    )
