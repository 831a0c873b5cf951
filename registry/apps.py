"""The core that the three apps share."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from registry.accounts.menus import shown
from registry.look.navigation import Item


class RegistryConfig(AppConfig):
    """Tables, keys, ledger, linkage and the keepers of residents and profiles."""

    name = "registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Registry"
    navigation = {
        "console": (
            Item("console:home", _("Overview"), "pulse"),
            Item("console:organisations", _("Organisations"), "building"),
            Item("console:links", _("Doubtful links"), "link", shown("links.view")),
            Item("console:ledger", _("Ledger"), "shield"),
            Item("tables:index", _("Tables"), "list", shown("tables.view")),
            Item("account_home", _("Your account"), "user"),
        )
    }

    def ready(self) -> None:
        """Make the Celery application current, so that `shared_task` finds it in every process."""
        from registry import celery  # noqa: F401  (importing it is what makes it current)
        from registry.models import uuids

        uuids.register()
