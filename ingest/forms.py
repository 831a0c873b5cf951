"""The desk's forms."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.accounts.apikeys import SCOPES
from registry.accounts.forms import offer
from registry.look.statuses import STATUSES
from registry.webhooks import LABELS, PING


class FilesInput(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; its value is a list."""

    widget = FilesInput({"accept": ".xlsx,.xls,.ods,.csv,.txt,.tsv,.ndjson,.jsonl"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file by itself; none of them may be empty."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """Files to send, and what is in them if the clerk wants to say so."""

    file = FilesField(
        label=_("File to send"),
        help_text=_("Excel (.xlsx, .xls), ODS, CSV or NDJSON, up to 2 GB. Drop it on the box or choose it."),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
    )
    type = forms.ChoiceField(label=_("What is in it"), required=False)
    as_of = forms.DateField(
        label=_("As of"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day on which your program wrote the file. Records that are newer stay as they are."),
        error_messages={"invalid": _("Give a date such as 2026-03-31.")},
    )

    def __init__(self, *args: Any, types: Iterable[tuple[str, str]], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["as_of"].widget.attrs["max"] = today.isoformat()
        offer(self, "type", [("", _("Find out from the columns")), *types])

    def clean_as_of(self) -> date | None:
        """A day that has come."""
        day: date | None = self.cleaned_data["as_of"]
        if day and day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return day


class HistoryForm(forms.Form):
    """Which files to show: by state, type, sender and day."""

    state = forms.ChoiceField(label=_("State"), required=False)
    type = forms.ChoiceField(label=_("What is in it"), required=False)
    who = forms.ChoiceField(label=_("Sent by"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(
        self, *args: Any, types: Iterable[tuple[str, str]], senders: Iterable[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        states = [(code, look.label) for code, look in STATUSES["upload"].items()]
        offer(self, "state", [("", _("Every state")), *states])
        offer(self, "type", [("", _("Everything")), *types])
        offer(self, "who", [("", _("Everybody")), *senders])


class PreviewForm(forms.Form):
    """How a held file is to be understood: its reading, its type, and each column's field.

    `reading` names those of encoding, delimiter, sheet and header_row that make sense for this file, each
    with its choices (none for header_row); `columns` are headers by place, `fields` their grouped choices.
    """

    encoding = forms.ChoiceField(label=_("Characters"), required=False)
    delimiter = forms.ChoiceField(label=_("Between the cells"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=_("Row with the names of the columns"), required=False, min_value=1, max_value=1_000
    )
    type = forms.ChoiceField(label=_("What is in it"), required=False)

    def __init__(
        self,
        *args: Any,
        reading: Mapping[str, Iterable[tuple[str, Any]]],
        types: Iterable[tuple[str, Any]],
        columns: Iterable[tuple[int, str]],
        fields: Iterable[tuple[Any, Any]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        for name in ("encoding", "delimiter", "sheet", "header_row"):
            if name not in reading:
                del self.fields[name]
            elif name != "header_row":
                offer(self, name, reading[name])
        offer(self, "type", types)
        offered = list(fields)
        for place, header in columns:
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=_("Field of “%(column)s”") % {"column": header}, required=False, choices=offered
            )

    def chosen_fields(self) -> dict[int, str]:
        """Each column's field by place, as it was sent."""
        sent = self.cleaned_data.items()
        return {int(name[7:]): field for name, field in sent if name.startswith("column_")}


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
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        coerce=int,
        initial=365,
        choices=((30, _("30 days")), (90, _("90 days")), (180, _("Half a year")), (365, _("A year"))),
        help_text=_("The shorter, the less is lost with a lost key."),
    )


class WebhookForm(forms.Form):
    """A new webhook."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where your program listens, for example: https://example.com/hook"),
        widget=forms.URLInput({"inputmode": "url", "autocomplete": "off", "dir": "ltr"}),
    )
    label = forms.CharField(label=_("Name"), max_length=80, required=False)
    events = forms.MultipleChoiceField(
        label=_("What it is told of"),
        required=False,
        choices=[(event, label) for event, label in LABELS.items() if event != PING],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everything, if you choose nothing."),
    )
