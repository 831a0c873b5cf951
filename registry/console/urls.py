"""The operator's addresses, below /console/."""

from django.urls import path

from registry.console.views import ledger, licences, links, organisations, overview

app_name = "console"

urlpatterns = [
    path("", overview.home, name="home"),
    path("organisations", organisations.every, name="organisations"),
    path("organisations/new", organisations.register, name="register"),
    path("organisations/<uuid:organisation>", organisations.one, name="organisation"),
    path("organisations/<uuid:organisation>/licences/new", licences.apply, name="apply"),
    path("organisations/<uuid:organisation>/members/new", organisations.add_member, name="add_member"),
    path(
        "organisations/<uuid:organisation>/members/<uuid:user>/remove",
        organisations.remove_member,
        name="remove_member",
    ),
    path("organisations/licences/<uuid:licence>", licences.one, name="licence"),
    path("organisations/licences/<uuid:licence>/<slug:act>", licences.act, name="licence_act"),
    path("links", links.doubtful, name="links"),
    path("ledger", ledger.head, name="ledger"),
    path("ledger/verify", ledger.verify, name="verify_ledger"),
]
