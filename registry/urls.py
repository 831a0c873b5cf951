"""Every address of the site, by part. Routes deny by default; tests/house/test_routes.py lists open ones."""

from django.urls import path

from registry import health
from registry.views.language import switch_language
from registry.views.styleguide import styleguide

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("language", switch_language, name="language"),
    path("styleguide", styleguide, name="styleguide"),
]
