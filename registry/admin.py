"""Which tables operators may look at, and which columns: nothing sealed, no digest, no password."""

from django.contrib import admin

from registry import models
from registry.console.tables import ReadOnly, tables


@admin.register(models.Organisation, site=tables)
class OrganisationTable(ReadOnly):
    """Legal entities."""

    list_display = ("name", "name_en", "kind", "credit_code", "created_at")
    list_filter = ("kind",)
    search_fields = ("name", "name_en", "credit_code")


@admin.register(models.Licence, site=tables)
class LicenceTable(ReadOnly):
    """Licences with their terms."""

    list_display = ("number", "organisation", "role", "status", "valid_from", "valid_until", "number_policy")
    list_filter = ("role", "status", "number_policy")
    list_select_related = ("organisation",)
    search_fields = ("number", "organisation__name")


@admin.register(models.LicenceDecision, site=tables)
class LicenceDecisionTable(ReadOnly):
    """Steps in the life of licences."""

    list_display = ("licence", "status", "reason", "by", "at", "entry")
    list_filter = ("status", "reason")
    list_select_related = ("licence",)


@admin.register(models.User, site=tables)
class UserTable(ReadOnly):
    """Staff and members, without anything they sign in with."""

    list_display = fields = ("email", "name", "is_staff", "is_active", "date_joined", "last_login")
    search_fields = ("email", "name")


@admin.register(models.Membership, site=tables)
class MembershipTable(ReadOnly):
    """Who has which role where."""

    list_display = ("user", "organisation", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organisation")


@admin.register(models.ApiKey, site=tables)
class ApiKeyTable(ReadOnly):
    """Furnishers' keys, without their digests."""

    list_display = ("prefix", "organisation", "label", "expires_at", "revoked_at", "last_used_on")
    fields = ("prefix", "organisation", "label", "scopes", "created_by", "created_at", "expires_at",
              "revoked_at", "last_used_on")  # fmt: skip
    list_select_related = ("organisation",)


@admin.register(models.Client, site=tables)
class ClientTable(ReadOnly):
    """Lenders' clients; their keys are public ones."""

    list_display = ("id", "organisation", "label", "created_at", "revoked_at")
    list_select_related = ("organisation",)


@admin.register(models.Merge, site=tables)
class MergeTable(ReadOnly):
    """Residents that were joined, and taken apart again."""

    list_display = fields = (
        "id",
        "resident_id",
        "into_id",
        "by",
        "reasons",
        "merged_at",
        "split_by",
        "split_at",
    )


@admin.register(models.LedgerEntry, site=tables)
class LedgerEntryTable(ReadOnly):
    """The ledger's entries."""

    list_display = fields = ("id", "at", "event", "organisation", "subject", "entry", "body")
    show_full_result_count = False
    list_per_page = 50


@admin.register(models.LedgerCheckpoint, site=tables)
class LedgerCheckpointTable(ReadOnly):
    """Signed heads of the ledger."""

    list_display = ("size", "at")
    fields = ("size", "at", "note")
