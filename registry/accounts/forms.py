"""Forms of the sign-in that differ from django-allauth's own."""

from collections.abc import Iterable
from typing import Any

from allauth.mfa.base import forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.core.cache import cache
from django.forms import CharField, ChoiceField, EmailField, Form
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from registry.errors import InvalidRequest
from registry.models import Membership

LIVES = 90  # seconds in which a code is good: its own half minute, and one before and after for slow clocks


class OneUse:
    """A code opens once. allauth forgets used codes after 30 seconds, which is too soon for slow clocks."""

    fields: dict[str, Any]
    user: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _shape_code(self.fields["code"])
        self.fields["code"].label = _("Code from the app")
        self.fields["code"].help_text = _("Six digits from your app, or one of your recovery codes.")

    def clean_code(self) -> str:
        """The code, if it is right and was not used before."""
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        if not cache.add(f"second-factor:{self.user.pk}:{code}", "used", timeout=LIVES):
            raise forms.get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(OneUse, forms.AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The second step of a sign-in."""


class ReauthenticateForm(OneUse, forms.ReauthenticateForm):  # type: ignore[misc]  # the same
    """The same before a delicate act."""


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]  # the same
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _shape_code(self.fields["code"])
        self.fields["code"].label = _("Code from the app")


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]  # the same
    """A security key, known by a name of one's own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _shape_name(self.fields["name"])


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]  # the same
    """Another name for a security key."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _shape_name(self.fields["name"])


class MemberForm(Form):
    """A person who shall act for an organisation."""

    email = EmailField(label=_("E-mail address"), help_text=_("They get a link to choose a password."))
    name = CharField(label=_("Full name"), max_length=120, required=False)
    role = ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, staff: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        roles = [role for role in Membership.Role if (role in Membership.STAFF_ROLES) == staff]
        offer(self, "role", [(role.value, role.label) for role in roles])


class RoleForm(Form):
    """Another role for a member of an organisation."""

    role = ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles = [role for role in Membership.Role if role not in Membership.STAFF_ROLES]
        offer(self, "role", [(role.value, role.label) for role in roles])


def _shape_code(field: Any) -> None:
    field.widget.attrs |= {"inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


def _shape_name(field: Any) -> None:
    field.label = _("Name of the key")
    field.help_text = _("So that you know it again, for example: key in the desk.")
    field.max_length = 100
    field.widget.attrs |= {"maxlength": "100", "autocomplete": "off"}


def offer(form: Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Give a field its choices, as pairs of code and label."""
    field = form.fields[name]
    assert isinstance(field, ChoiceField)
    field.choices = list(choices)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what was posted, be it nothing; None where a page is only looked at."""
    return request.POST if request.method == "POST" else None


def add_faults(form: Form, refused: InvalidRequest) -> None:
    """Show at a form's fields what a service refused; what belongs to none of them stands above."""
    for name, sentences in refused.fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
    if not refused.fields:
        form.add_error(None, _(refused.sentence))
