"""The partner's addresses: the desk's pages and the machines' API."""

from django.urls import URLPattern, URLResolver, include, path

from ingest.views.desk import keys, members, uploads

app_name = "ingest"

DESK: list[URLPattern | URLResolver] = [
    path("", uploads.desk, name="desk"),
    path("uploads", uploads.history, name="uploads"),
    path("uploads/<uuid:upload>", uploads.one, name="upload"),
    path("uploads/<uuid:upload>/cancel", uploads.cancel, name="cancel"),
    path("keys", keys.every, name="keys"),
    path("keys/new", keys.make, name="make_key"),
    path("keys/<uuid:key>/revoke", keys.revoke, name="revoke_key"),
    path("members", members.every, name="members"),
    path("members/new", members.add, name="add_member"),
    path("members/<uuid:user>/remove", members.remove, name="remove_member"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include(DESK)),
]
