"""The partner's addresses: the desk's pages and the machines' API."""

from django.urls import URLPattern, URLResolver

app_name = "ingest"

urlpatterns: list[URLPattern | URLResolver] = []
