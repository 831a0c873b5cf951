"""The lender's app."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, consent requests, reports and inquiries for licensed lenders."""

    name = "api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Lenders"

    def ready(self) -> None:
        """Tell the schema generator about our sign-in and our shapes."""
        import_module("api.openapi")
