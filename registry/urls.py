"""Every address of the site, by part. Routes deny by default; tests/house/test_routes.py lists open ones."""

from django.urls import include, path

from registry import health
from registry.console.tables import tables
from registry.views.demo_inbox import demo_inbox
from registry.views.language import switch_language
from registry.views.styleguide import styleguide

handler500 = "registry.views.errors.server_error"
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("language", switch_language, name="language"),
    path("styleguide", styleguide, name="styleguide"),
    path("demo/inbox", demo_inbox, name="demo-inbox"),
    path("accounts/", include("registry.accounts.urls")),
    path("console/admin/", tables.urls),
    path("console/", include("registry.console.urls")),
    path("ledger/", include("registry.ledger.urls")),
    path("", include("ingest.urls")),
    path("", include("api.urls")),
    path("", include("consent.urls")),
]
