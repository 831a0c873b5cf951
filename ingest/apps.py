"""The partner's app."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Uploads of furnishers, from a file to sealed records, and the partner's desk."""

    name = "ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Partners"
