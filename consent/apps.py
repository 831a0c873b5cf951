"""The resident's app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from registry.look.navigation import Item


class ConsentConfig(AppConfig):
    """Consents and the resident's portal."""

    name = "consent"
    label = "consent"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Residents"
    navigation = {
        "resident": (
            Item("consent:home", _("Home"), "home"),
            Item("consent:records", _("Records"), "records"),
            Item("consent:access", _("Who looked"), "eye"),
            Item("consent:consents", _("Consents"), "hand"),
            Item("consent:settings", _("Settings"), "gear"),
        )
    }
    sign_out = {"resident": "consent:sign-out"}
    anchored = "consent.services.verifying.verify_consents"
