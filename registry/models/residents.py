"""Residents, the identities furnished for them (sealed), and the blind indexes that find them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from registry.models.organisations import Organisation


class Resident(models.Model):
    """The natural person a profile is about. A merge is a pointer; the profile is read over the cluster.

    `language` is the one she chose to read, "" where she never did.
    """

    class Status(models.TextChoices):
        UNCLAIMED = "unclaimed"
        ACTIVE = "active"
        FROZEN = "frozen"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.UNCLAIMED)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="resident_not_merged_into_itself"),
        )
        indexes = (
            models.Index(
                fields=("merged_into",), condition=Q(merged_into__isnull=False), name="resident_merged"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class Identity(models.Model):
    """One way one furnisher wrote down who a resident is: normalised fields, sealed under the resident's key.

    `fingerprint` is a blind index over organisation and all fields, so that the same row of the same
    furnisher meets the same resident again without opening anything.

    No foreign keys here and below: residents and organisations are never deleted, whoever writes shares the
    resident's row or has made it in the same transaction, and a check for each row costs more than the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="identities", db_constraint=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    fingerprint = models.BinaryField(max_length=16, unique=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return str(self.id)


class Identifier(models.Model):
    """A blind index: a keyed hash of one normalised identifier or blocking key of a resident.

    The digest's key differs by kind, so digests of two kinds never meet. A strong identifier (a valid
    citizen number, passport or permit) belongs to one resident: the partial unique index decides between
    two transactions that introduce the same person at once.
    """

    pk = models.CompositePrimaryKey("digest", "resident")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="identifiers", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=16)
    strong = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("digest",), condition=Q(strong=True), name="identifier_strong_once"
            ),
        )
        indexes = (models.Index(fields=("resident",), name="identifier_resident"),)

    def __str__(self) -> str:
        return self.kind


class Settlement(models.Model):
    """What one transaction decided about, for those that looked before it committed (decision 20).

    `keys` are the first 8 bytes of each digest and resident, on end; `horizon` the number of the transaction
    that wrote it, beyond which its xmin counts. Ids are in the order of commits, since settling is done one
    by one. The table is unlogged and nearly empty: an entry goes as soon as nobody runs who might not have
    seen it.
    """

    id = models.BigAutoField(primary_key=True)
    keys = models.BinaryField()
    horizon = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.id)


class Link(models.Model):
    """Why an identity belongs to a resident: decision, weight and evidence (levels, never values)."""

    class Decision(models.TextChoices):
        NEW = "new"
        LINKED = "linked"
        REVIEW = "review"
        REFERENCE = "reference"

    class State(models.TextChoices):
        AUTOMATIC = "automatic"
        REVIEWED = "reviewed"
        MERGED = "merged"
        SPLIT = "split"

    id = models.BigAutoField(primary_key=True)
    identity = models.OneToOneField(
        Identity, on_delete=models.PROTECT, related_name="link", db_constraint=False
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="links", db_index=False, db_constraint=False
    )
    decision = models.CharField(max_length=10, choices=Decision)
    state = models.CharField(max_length=10, choices=State, default=State.AUTOMATIC)
    candidate = models.ForeignKey(
        Resident,
        on_delete=models.PROTECT,
        null=True,
        related_name="doubts",
        db_index=False,
        db_constraint=False,
    )
    weight = models.FloatField()
    evidence = models.JSONField(default=list)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(
                fields=("decided_at",), condition=Q(decision="review", state="automatic"), name="link_doubts"
            ),
        )

    def __str__(self) -> str:
        return self.decision


class Merge(models.Model):
    """One act of joining two residents, kept so that it can be undone exactly."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merges_from")
    into = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merges_into")
    by = models.CharField(max_length=80)
    reasons = ArrayField(models.CharField(max_length=80), default=list)
    merged_at = models.DateTimeField()
    split_by = models.CharField(max_length=80, blank=True)
    split_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("resident",), condition=Q(split_at__isnull=True), name="merge_one_open"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
