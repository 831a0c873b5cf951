"""What residents type or tick. Every error says what is expected, with an example."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.catalogue import IDENTITY, jurisdiction
from registry.catalogue.citizen import birth_of, is_shaped
from registry.linkage.numbers import compact, read_mobile


class MobileForm(forms.Form):
    """The number a code is sent to."""

    mobile = forms.CharField(
        label=_("Mobile number"),
        max_length=30,
        help_text=_("We send a code to this number. Signing in costs nothing."),
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel-national", "type": "tel"}),
        error_messages={"required": _("Type your mobile number, for example 139 1234 5678.")},
    )

    def clean_mobile(self) -> str:
        """The digits alone."""
        number = read_mobile(self.cleaned_data["mobile"])
        if not number:
            raise ValidationError(_("This is no mobile number. Type 11 digits, for example 139 1234 5678."))
        return number


class CodeForm(forms.Form):
    """The code that came by message."""

    code = forms.CharField(
        label=_("Code from the message"),
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": _("Type the six digits of the message.")},
    )

    def clean_code(self) -> str:
        """The digits alone; people type spaces between them."""
        code = compact(self.cleaned_data["code"])
        if len(code) != 6 or not code.isdecimal():
            raise ValidationError(_("The code has six digits. Look at the newest message from us."))
        return code


class ClaimForm(forms.Form):
    """Who a new account belongs to."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        help_text=_("As it stands on your document."),
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": _("Type your full name.")},
    )
    document = forms.CharField(
        label=_("Document number"),
        max_length=40,
        help_text=_("Your identity card, passport or residence permit."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Type the number of your document.")},
    )

    def clean_document(self) -> str:
        """The number without spaces; refused for who is too young to decide alone."""
        number = compact(self.cleaned_data["document"])
        born = birth_of(number) if is_shaped(number) else None
        pack = jurisdiction(settings.JURISDICTION)
        if born and not pack.of_age(born, on=timezone.localdate()):
            raise ValidationError(
                _("Below the age of %(age)s a guardian decides. Ask together at a community office.")
                % {"age": pack.minimum_age}
            )
        return number


class RequestCodeForm(forms.Form):
    """The code of a request, typed from a message or a sheet of paper."""

    code = forms.CharField(
        label=_("Code of the request"),
        max_length=40,
        help_text=_("It stands in the message you got, or on the paper the organisation gave you."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Type the code of the request.")},
    )

    def clean_code(self) -> str:
        """The code without spaces and dashes, in capitals."""
        code = compact(self.cleaned_data["code"])
        if not code.isascii() or not code.isalnum():
            raise ValidationError(_("A code has letters and digits only."))
        return code


class AnswerForm(forms.Form):
    """Which categories, and until which day. Nothing is ticked or chosen beforehand."""

    categories = forms.MultipleChoiceField(
        label=_("What they may see"),
        help_text=_("Tick only what you want to show. Nothing is ticked for you."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one kind of information, or decline the request.")},
    )
    days = forms.TypedChoiceField(
        label=_("For how long"),
        help_text=_("You may choose a shorter time than they asked for."),
        widget=forms.RadioSelect,
        coerce=int,
        error_messages={"required": _("Choose for how long they may look.")},
    )

    def __init__(
        self, *args: Any, categories: list[tuple[str, str]], periods: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].choices = categories  # type: ignore[attr-defined]  # a choice field
        self.fields["days"].choices = periods  # type: ignore[attr-defined]  # a choice field


class JoinForm(AnswerForm):
    """Which categories an organisation may furnish, and until which day. Nothing is ticked beforehand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories, days = self.fields["categories"], self.fields["days"]
        categories.help_text = _("Tick only what they may put into your file. Nothing is ticked for you.")
        categories.error_messages["required"] = _(
            "Tick at least one kind of information, or leave this page."
        )
        days.help_text = _("You may choose a shorter time than they ask for.")
        days.error_messages["required"] = _("Choose for how long they may furnish.")

    def clean_categories(self) -> list[str]:
        """Nothing can be kept of somebody without saying who it is."""
        chosen: list[str] = self.cleaned_data["categories"]
        if IDENTITY not in chosen:
            raise ValidationError(
                _("Tick who you are as well: without it nothing can be put under your name.")
            )
        if chosen == [IDENTITY]:
            raise ValidationError(_("Tick at least one kind of information beside who you are."))
        return chosen
