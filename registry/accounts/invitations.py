"""Inviting a person: a role, and a link, sent to their address, with which they choose their password."""

from datetime import datetime
from uuid import UUID

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registry.accounts import organisations
from registry.accounts.errors import MemberKnown
from registry.accounts.forms import MemberForm, add_faults
from registry.accounts.pages import MemberRequest
from registry.errors import InvalidRequest
from registry.models import User


def add_by_form(request: MemberRequest, form: MemberForm, *, organisation: UUID | None, at: datetime) -> bool:
    """Add whom a valid form names and send the link; where that is refused, the form says why: False."""
    try:
        made = organisations.add_member(
            organisation=organisation, **form.cleaned_data, by=request.member.by, at=at
        )
    except InvalidRequest as refused:
        add_faults(form, refused)
    except MemberKnown as refused:
        form.add_error("email", _(refused.sentence))
    else:
        invite(request, made.user)
        messages.success(request, _("Added. A link to choose a password is on its way."))
        return True
    return False


def invite(request: HttpRequest, user: User) -> None:
    """Send the link, unless the person has a password already."""
    if user.has_usable_password():
        return
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
