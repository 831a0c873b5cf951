"""Sign-in, second factor and the own account of staff and members, below /accounts/."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path, re_path

from registry.accounts import views
from registry.errors import NotFound


def closed(request: HttpRequest, **parts: str) -> HttpResponseBase:
    """What django-allauth offers and this site does not. Raises NotFound."""
    raise NotFound


# An address is an identity here: operators and owners give it, nobody changes it for themselves.
CLOSED = [
    path("signup/", closed),
    path("email/", closed),
    path("confirm-email/", closed),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", closed),
    path("login/code/confirm/", closed),
]

urlpatterns = [
    *CLOSED,
    path("", views.your_account, name="account_home"),
    path("work", views.to_work, name="account_work"),
    path("organisation", views.choose_organisation, name="account_organisation"),
    path("", include("allauth.urls")),
]
