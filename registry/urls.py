"""Every address of the site, by part. Routes deny by default; tests/house/test_routes.py lists open ones."""

from django.urls import path

from registry import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
