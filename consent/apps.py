"""The resident's app."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Consents and the resident's portal."""

    name = "consent"
    label = "consent"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Residents"
