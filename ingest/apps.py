"""The partner's app."""

from collections.abc import Iterator

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from registry.accounts.menus import furnishing, shown
from registry.look.navigation import Item


class IngestConfig(AppConfig):
    """Uploads of furnishers, from a file to sealed records, and the partner's desk."""

    name = "ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Partners"
    navigation = {
        "desk": (
            Item("ingest:desk", _("Send a file"), "upload", furnishing("uploads.view")),
            Item("ingest:uploads", _("All files"), "inbox", furnishing("uploads.view")),
            Item("ingest:quality", _("Data quality"), "chart", furnishing("uploads.view")),
            Item("ingest:invitations", _("Invitations"), "hand", furnishing("uploads.view")),
            Item("ingest:members", _("Colleagues"), "users", shown("members.view")),
            Item("ingest:keys", _("API keys"), "key", furnishing("keys.view")),
            Item("ingest:webhooks", _("Webhooks"), "bell", furnishing("webhooks.view")),
            Item("account_home", _("Your account"), "user"),
        )
    }

    def texts(self) -> Iterator[str]:
        """What row faults say, for the catalogue of translations: their module is pure and marks nothing."""
        from ingest.errors import ROW_FAULTS  # errors are read once the apps are there

        for fault in ROW_FAULTS.values():
            yield from filter(None, (fault.sentence, fault.cure))
