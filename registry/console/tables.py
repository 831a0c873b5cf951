"""The admin as a reading room: tables that hold no secrets, for looking only."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from registry.accounts.pages import member_page
from registry.accounts.roles import Permission, require_member
from registry.errors import Forbidden

NAMES = {
    "ApiKey": _("API keys"),
    "Client": _("Clients of lenders"),
    "LedgerCheckpoint": _("Signed heads"),
    "LedgerEntry": _("Ledger entries"),
    "Licence": _("Licences"),
    "LicenceDecision": _("Decisions about licences"),
    "Membership": _("Roles in organisations"),
    "Merge": _("Profiles joined and taken apart"),
    "Organisation": _("Organisations"),
    "User": _("Accounts"),
}


class Tables(admin.AdminSite):
    """Uses the sign-in of everybody else, with its second factor; has no sign-in of its own."""

    site_header = _("Tables, to read")
    site_title = _("Tables")
    index_title = _("What stands in the tables that hold no secrets")
    site_url = "/console/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person's role may look at tables."""
        if not request.user.is_authenticated:
            return False
        try:
            require_member(request, Permission.TABLES_VIEW)
        except Forbidden:
            return False
        return True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the site behind the same door as the rest of the console."""
        return member_page(Permission.TABLES_VIEW)(super().admin_view(view, cacheable))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The tables by the names that people know them by."""
        found: list[Any] = super().get_app_list(request, app_label)
        for app in found:
            app["name"] = _("Tables")
            for table in app["models"]:
                table["name"] = NAMES.get(table["object_name"], table["name"])
        return found

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in for all."""
        return redirect_to_login("/console/admin/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one place for it."""
        return redirect("account_change_password")


tables = Tables(name="tables")


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """Rows to look at: nothing is added, changed or deleted here."""

    actions = None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By what is shown, and nothing else: a filter tells what stands in a column, letter by letter."""
        shown = {*self.list_display, *(self.fields or ()), *self.list_filter}
        return lookup.split("__")[0] in shown and super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reached this site may look."""
        return tables.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for the rows."""
        return tables.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
