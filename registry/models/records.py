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

    `as_of` is the moment its content speaks of, `confirmed_upload` with `confirmed_row` the row of a later
    file that said the same again: what is older never replaces it. A record that its furnisher retracted
    keeps its `natural` digest and the moment, so that an older file does not bring it back.

    `negative_from` is the day from which it counts against the resident (None: never), and `notice` the
    notice that tells her so: before that has been done, lenders see nothing of the record. `ended_at` is when
    its furnisher took it back.

    Parents are not checked by the database row by row at commit, which cost more than the rows: the keeper
    shares the residents' rows in the same transaction, and neither they nor organisations are ever deleted.
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
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="records", db_index=False, db_constraint=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
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
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    upload_id = models.UUIDField(null=True)
    row = models.PositiveIntegerField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    as_of = models.DateTimeField(default=timezone.now)
    confirmed_upload = models.UUIDField(null=True)
    confirmed_row = models.PositiveIntegerField(null=True)
    negative_from = models.DateField(null=True)
    notice_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

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
            models.Index(
                fields=("natural",),
                condition=Q(status="withdrawn") & ~Q(natural=b""),
                name="record_retracted",
            ),
            models.Index(
                fields=("negative_from",),
                condition=Q(negative_from__isnull=False, notice_id__isnull=True),
                name="record_unannounced",
            ),
            models.Index(
                fields=("notice_id",), condition=Q(notice_id__isnull=False), name="record_under_notice"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Notice(models.Model):
    """That a resident is told of negative information before lenders see it; one a person and upload.

    `message_id` is the short message that tells her, None where no mobile is known. Without a delivery the
    records show from `waits_until` on: until then it stood in the portal. `resident` is the root it was
    written for, `upload_id` None for records that came singly.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    upload_id = models.UUIDField(null=True)
    message_id = models.UUIDField(null=True)
    queued_at = models.DateTimeField()
    waits_until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("resident", "upload_id"), name="notice_once"),)

    def __str__(self) -> str:
        return str(self.id)


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
