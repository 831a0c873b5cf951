"""The core that the three apps share."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Tables, keys, ledger, linkage and the keepers of residents and profiles."""

    name = "registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Registry"
