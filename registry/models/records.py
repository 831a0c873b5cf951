"""Records: what furnishers contributed, sealed under the resident's key."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from registry.models.organisations import Organisation
from registry.models.residents import Resident


class Record(models.Model):
    """One fact about a resident from one furnisher, typed by the catalogue.

    `natural` is a keyed digest of organisation, type, resident and natural key: it makes the same row the
    same record. `content` is a keyed digest of the whole record, so that an unchanged row is recognised
    without opening anything. `period` is the month it speaks of (YYYY-MM). `retained_until` is the first day
    on which negative information about an ended event may no longer be shown; None where nothing is negative.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        CORRECTED = "corrected"
        DISPUTED = "disputed"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"
        ERASED = "erased"

    SHOWN = (Status.ACTIVE, Status.DISPUTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="records", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=20)
    category = models.CharField(max_length=20)
    consent_id = models.UUIDField(db_index=True)
    natural = models.BinaryField(max_length=16)
    content = models.BinaryField(max_length=16)
    sealed = models.BinaryField()
    period = models.CharField(max_length=7)
    retained_until = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    upload_id = models.UUIDField(null=True)
    row = models.PositiveIntegerField(null=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("natural",), condition=Q(status__in=("active", "disputed")), name="record_natural_key"
            ),
            models.UniqueConstraint(fields=("upload_id", "row"), name="record_once_per_row"),
        )
        indexes = (
            models.Index(fields=("resident", "category"), name="record_profile"),
            models.Index(
                fields=("retained_until",),
                condition=Q(retained_until__isnull=False),
                name="record_retention",
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Inquiry(models.Model):
    """One read of a profile, as the resident sees it; written with the ledger entry of the same act."""

    class Kind(models.TextChoices):
        REPORT = "report"
        STAFF = "staff"
        OWN = "own"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="inquiries", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="inquiries"
    )
    consent_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=40)
    categories = models.JSONField(default=list)
    reference = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    ledger_entry = models.UUIDField()

    class Meta:
        indexes = (
            models.Index(fields=("resident", "-at"), name="inquiry_resident"),
            models.Index(fields=("organisation", "-at"), name="inquiry_organisation"),
        )

    def __str__(self) -> str:
        return str(self.id)
