"""Inviting a person: a link, sent to their address, with which they choose their password."""

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from registry.models import User


def invite(request: HttpRequest, user: User) -> None:
    """Send the link, unless the person has a password already."""
    if user.has_usable_password():
        return
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
