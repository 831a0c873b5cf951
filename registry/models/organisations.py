"""Organisations, what they are licensed to do, and the people who act for them."""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """A legal entity. What it may do comes from its licences, never from its kind alone."""

    class Kind(models.TextChoices):
        COMMUNITY = "community", _("Community organisation")
        EMPLOYER = "employer", _("Employer")
        UTILITY = "utility", _("Utility")
        BANK = "bank", _("Bank")
        CONSUMER_FINANCE = "consumer_finance", _("Consumer finance company")
        INSURER = "insurer", _("Insurer")

    FURNISHER_KINDS = (Kind.COMMUNITY, Kind.EMPLOYER, Kind.UTILITY)
    LENDER_KINDS = (Kind.BANK, Kind.CONSUMER_FINANCE, Kind.INSURER)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    credit_code = models.CharField(max_length=18, unique=True, help_text=_("Unified social credit code"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Licence(models.Model):
    """What an operator granted an organisation: role, purposes, categories, from, to."""

    class Role(models.TextChoices):
        FURNISHER = "furnisher", _("Furnisher")
        LENDER = "lender", _("Lender")

    class Status(models.TextChoices):
        APPLIED = "applied", _("Applied for")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    class NumberPolicy(models.TextChoices):
        REFUSE = "refuse", _("Refuse rows whose citizen number fails its check")
        ACCEPT_WITH_WARNING = "accept_with_warning", _("Accept them as weak evidence")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="licences")
    number = models.CharField(max_length=40, unique=True)
    role = models.CharField(max_length=10, choices=Role)
    purposes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=40), default=list)
    valid_from = models.DateField()
    valid_until = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.APPLIED)
    number_policy = models.CharField(max_length=20, choices=NumberPolicy, default=NumberPolicy.REFUSE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("organisation", "role")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="licence_dates_in_order"
            ),
            models.UniqueConstraint(
                fields=("organisation", "role"),
                condition=Q(status="active"),
                name="licence_one_active_per_role",
            ),
        )

    def __str__(self) -> str:
        return self.number

    def in_force(self, *, on: date) -> bool:
        """Whether this licence permits anything on that day."""
        return self.status == self.Status.ACTIVE and self.valid_from <= on <= self.valid_until


class LicenceDecision(models.Model):
    """One step in a licence's life as its operators explain it; the ledger's entry holds the proof of it."""

    class Reason(models.TextChoices):
        APPLICATION = "application", _("Application received")
        EXAMINED = "examined", _("Examined and found in order")
        RENEWAL = "renewal", _("Renewal")
        OWN_WISH = "own_wish", _("The organisation's own wish")
        DATA_QUALITY = "data_quality", _("Poor quality of its data")
        BREACH = "breach", _("Breach of its duties")
        SECURITY = "security", _("A danger to security")
        AUTHORITY = "authority", _("Order of an authority")
        RESOLVED = "resolved", _("The cause is resolved")
        TERMS = "terms", _("Terms changed")
        REFUSED = "refused", _("Application refused")

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="decisions")
    status = models.CharField(max_length=10, choices=Licence.Status)
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    entry = models.UUIDField(unique=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.licence_id} {self.status}"


class UserManager(BaseUserManager["User"]):
    """Makes users by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A user who signs in with this address; the password is stored hashed, or unusable if None."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """An operator who may open every table of the admin."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """Operator staff or an organisation's member. Residents are not users."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class Membership(models.Model):
    """One person's role in one organisation, or (without organisation) on the operator's staff."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        CLERK = "clerk", _("Clerk")
        DEVELOPER = "developer", _("Developer")
        VIEWER = "viewer", _("Viewer")
        OPERATOR = "operator", _("Operator")
        REVIEWER = "reviewer", _("Reviewer")
        COMPLIANCE = "compliance", _("Compliance")

    STAFF_ROLES = (Role.OPERATOR, Role.REVIEWER, Role.COMPLIANCE)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships", null=True, blank=True
    )
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "organisation"),
                nulls_distinct=False,
                name="membership_one_role_per_organisation",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, role__in=("operator", "reviewer", "compliance"))
                | Q(organisation__isnull=False, role__in=("owner", "clerk", "developer", "viewer")),
                name="membership_staff_roles_without_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role}@{self.organisation_id or 'registry'}"
