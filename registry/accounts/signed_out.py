"""A form that was sent after its session had ended: nobody may believe that it worked."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _


def say_if_lost(request: HttpRequest) -> None:
    """Say on the next page that what a stranger just sent was not done; a mere look says nothing."""
    if request.method == "POST":
        said = _("You had been signed out. What you just pressed was not done: sign in and do it again.")
        messages.warning(request, said)
