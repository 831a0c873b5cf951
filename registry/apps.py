"""The core that the three apps share."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Tables, keys, ledger, linkage and the keepers of residents and profiles."""

    name = "registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Registry"

    def ready(self) -> None:
        """Make the Celery application current, so that `shared_task` finds it in every process."""
        from registry import celery  # noqa: F401  (importing it is what makes it current)
