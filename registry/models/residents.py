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
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="resident_not_merged_into_itself"),
        )

    def __str__(self) -> str:
        return str(self.id)


class Identity(models.Model):
    """One way one furnisher wrote down who a resident is: normalised fields, sealed under the resident's key.

    `fingerprint` is a blind index over organisation and all fields, so that the same row of the same
    furnisher meets the same resident again without opening anything.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="identities")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True)
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

    id = models.BigAutoField(primary_key=True)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="identifiers", db_index=False
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
            models.UniqueConstraint(fields=("resident", "digest"), name="identifier_once_per_resident"),
        )
        indexes = (models.Index(fields=("digest",), include=("resident",), name="identifier_digest"),)

    def __str__(self) -> str:
        return self.kind


class IdentityClaim(models.Model):
    """A short lock on a blocking key while one transaction decides whether its person is new.

    Rows live only inside a transaction: taken before the decision, deleted before commit. A second
    transaction with the same key waits, then looks again.
    """

    digest = models.BinaryField(max_length=16, primary_key=True)

    def __str__(self) -> str:
        return "claim"


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
    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="link")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="links")
    decision = models.CharField(max_length=10, choices=Decision)
    state = models.CharField(max_length=10, choices=State, default=State.AUTOMATIC)
    candidate = models.ForeignKey(Resident, on_delete=models.PROTECT, null=True, related_name="doubts")
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
