"""Consents, their events and the texts that were shown; triggers (migrations 0002, 0003) hold the states.

Field by field after ISO/IEC TS 27560; docs/consent.md explains each. A chunk of a file brings thousands of
consents: their parents are checked by one trigger a statement, not by a foreign key a row.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from registry.models import Licence, Organisation, Resident

CONTRIBUTION_PURPOSE = "contribution"


class ShownText(models.Model):
    """A text exactly as it was shown, under the SHA-256 (hex) of its UTF-8 bytes. It names no person."""

    digest = models.CharField(max_length=64, primary_key=True)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    body = models.TextField()

    def __str__(self) -> str:
        return f"{self.version} {self.language}"


class ConsentBatch(models.Model):
    """Consents that a furnisher attested with one act: the event of them all, with one signature.

    `leaves` are the hashes of their receipts' contents, 32 bytes each, in the order of `Consent.leaf`;
    `shared` is canonical JSON of what all contents have in common and the consents do not hold;
    docs/consent.md tells how a receipt is made of them. The ledger's entry holds the root.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    shared = models.TextField()
    leaves = models.BinaryField()
    root = models.BinaryField(max_length=32)
    signed_root = models.TextField()
    ledger_entry = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return f"batch {self.id}"


class Consent(models.Model):
    """One resident's permission to one organisation, from the request to its end.

    `resident` is empty until somebody answers. `asked` is the lender's description of the person, sealed,
    and empty once answered or expired. Digests are keyed; a furnisher's reference is kept as one alone, since
    it may hold personal data. `version` counts the consents that superseded one another. One that was
    attested is leaf `leaf` of `batch`, and its grant is no event of its own; `evidence_digest` tells the
    same evidence.
    """

    class Kind(models.TextChoices):
        CONTRIBUTION = "contribution"
        ACCESS = "access"

    class Status(models.TextChoices):
        REQUESTED = "requested"
        GRANTED = "granted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"
        SUPERSEDED = "superseded"

    class Mode(models.TextChoices):
        VIEW = "view"
        STORE = "store"

    class Fetch(models.TextChoices):
        ONCE = "once"
        PERIODIC = "periodic"

    class How(models.TextChoices):
        SELF_SERVICE = "self_service"
        ASSISTED = "assisted"
        FURNISHER_ATTESTED = "furnisher_attested"

    class Place(models.TextChoices):
        PORTAL = "portal"
        DESK = "desk"
        FURNISHER = "furnisher"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    licence = models.ForeignKey(
        Licence, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=Kind)
    purpose = models.CharField(max_length=40)
    categories = ArrayField(models.CharField(max_length=20))
    separate_categories = ArrayField(models.CharField(max_length=20), default=list)
    mode = models.CharField(max_length=5, choices=Mode)
    fetch = models.CharField(max_length=8, choices=Fetch)
    frequency_days = models.PositiveSmallIntegerField(null=True)
    records_from = models.DateField(null=True)
    records_until = models.DateField(null=True)
    data_life_days = models.PositiveSmallIntegerField(null=True)
    asked_days = models.PositiveSmallIntegerField(null=True)
    asked_until = models.DateField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    how = models.CharField(max_length=20, choices=How, blank=True)
    place = models.CharField(max_length=10, choices=Place, blank=True)
    text = models.ForeignKey(
        ShownText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    language = models.CharField(max_length=10)
    jurisdiction = models.CharField(max_length=2)
    evidence_document = models.BinaryField(max_length=32, null=True)
    evidence_signed_on = models.DateField(null=True)
    evidence_method = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=Status)
    match_level = models.CharField(max_length=10, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    reference_digest = models.BinaryField(max_length=16, null=True)
    evidence_digest = models.BinaryField(max_length=16, null=True)
    code_digest = models.BinaryField(max_length=16, null=True)
    asked = models.BinaryField(null=True)
    asked_digest = models.BinaryField(max_length=16, null=True)
    suppressed = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(
        ConsentBatch,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    leaf = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("-requested_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("requested", "declined", "expired"))
                | Q(
                    resident__isnull=False,
                    valid_from__isnull=False,
                    valid_until__isnull=False,
                    text__isnull=False,
                    decided_at__isnull=False,
                    categories__len__gt=0,
                )
                & ~Q(how=""),
                name="consent_granted_whole",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True, valid_until__isnull=True)
                | Q(valid_from__isnull=False, valid_until__gt=F("valid_from")),
                name="consent_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(kind="contribution", purpose=CONTRIBUTION_PURPOSE)
                | Q(kind="access") & ~Q(purpose=CONTRIBUTION_PURPOSE),
                name="consent_purpose_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(separate_categories__contained_by=F("categories")),
                name="consent_separate_within_categories",
            ),
            models.CheckConstraint(
                condition=~Q(how="furnisher_attested")
                | Q(kind="contribution", evidence_document__isnull=False, evidence_signed_on__isnull=False)
                & ~Q(evidence_method=""),
                name="consent_attested_with_evidence",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", kind="access", expires_at__isnull=False, asked__isnull=False)
                | ~Q(status="requested") & Q(asked__isnull=True),
                name="consent_description_while_asked",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("requested", "granted"), ended_at__isnull=True)
                | Q(status__in=("declined", "withdrawn", "expired", "superseded"), ended_at__isnull=False),
                name="consent_end_known",
            ),
            models.CheckConstraint(
                condition=Q(batch__isnull=True, leaf__isnull=True)
                | Q(
                    batch__isnull=False,
                    leaf__isnull=False,
                    evidence_digest__isnull=False,
                    how="furnisher_attested",
                    supersedes__isnull=True,
                ),
                name="consent_batch_attested",
            ),
            # Also the way from a person to her consents: all others have no digest, and NULLs are distinct.
            models.UniqueConstraint(
                fields=("resident", "organisation", "evidence_digest"), name="consent_attested_once"
            ),
            models.UniqueConstraint(
                fields=("supersedes",), condition=Q(supersedes__isnull=False), name="consent_one_successor"
            ),
            models.UniqueConstraint(
                fields=("code_digest",), condition=Q(code_digest__isnull=False), name="consent_code"
            ),
        )
        indexes = (
            models.Index(
                fields=("organisation", "reference_digest"),
                condition=Q(reference_digest__isnull=False),
                name="consent_reference",
            ),
            models.Index(
                fields=("asked_digest",), condition=Q(asked_digest__isnull=False), name="consent_asked"
            ),
            models.Index(fields=("valid_until",), condition=Q(status="granted"), name="consent_ending"),
            models.Index(fields=("expires_at",), condition=Q(status="requested"), name="consent_unanswered"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ConsentEvent(models.Model):
    """One change of state: who, when, how, by which text; with its signed receipt and its ledger entry."""

    id = models.BigAutoField(primary_key=True)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="events", db_index=False)
    state = models.CharField(max_length=10, choices=Consent.Status)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    how = models.CharField(max_length=20, choices=Consent.How, blank=True)
    place = models.CharField(max_length=10, choices=Consent.Place, blank=True)
    text = models.ForeignKey(ShownText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=10)
    receipt_id = models.UUIDField(unique=True)
    receipt = models.TextField()
    receipt_hash = models.BinaryField(max_length=32)
    ledger_entry = models.UUIDField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("consent", "state"), name="consent_event_once_per_state"),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.consent_id}"


class Invitation(models.Model):
    """A furnisher's open question to whoever gets its link: may we furnish these categories about you?

    `code` stands in the link, on paper for everybody; it says nothing about anybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations", db_index=False
    )
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+", db_index=False)
    categories = ArrayField(models.CharField(max_length=20))
    code = models.CharField(max_length=17, unique=True)
    by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("made_at")), name="invitation_period_in_order"),
        )
        indexes = (
            models.Index(
                fields=("organisation", "-made_at"),
                condition=Q(revoked_at__isnull=True),
                name="invitation_open",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
