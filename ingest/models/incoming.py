"""Files on their way in by pieces (tus 1.0): what has come so far, and who is bringing the next piece."""

import uuid

from django.db import models
from django.db.models import F, Q

from ingest.models.uploads import Upload
from registry.models import Organisation


class Incoming(models.Model):
    """A file that comes in pieces. Once all of it is here it becomes an upload, which takes over its id.

    `offset` is how many of its `length` bytes are safely here: each of them stands in a part on disk. `told`
    is a sealed note (`registry.staging`) of what the sender said: name, Upload-Metadata, Idempotency-Key.
    `idempotency` is the key's digest. `holder` is whoever is bringing a piece, until `held_until` unless they
    go on. `expires_at` is when an unfinished file is destroyed, and when an ended one's row goes.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving"
        ARRIVED = "arrived"
        LANDED = "landed"
        REFUSED = "refused"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    UNDER_WAY = (State.RECEIVING, State.ARRIVED)
    DESTROYED = (State.REFUSED, State.CANCELLED, State.EXPIRED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="incoming", db_index=False
    )
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    by = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    source = models.CharField(max_length=10, choices=Upload.Source)
    type = models.CharField(max_length=20, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    hold = models.BooleanField(default=False)
    as_of = models.DateTimeField(null=True)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    told = models.BinaryField()
    idempotency = models.BinaryField(max_length=16, null=True)
    error_code = models.CharField(max_length=40, blank=True)
    holder = models.UUIDField(null=True)
    held_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-begun_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "idempotency"),
                condition=Q(state__in=("receiving", "arrived", "landed")),
                name="incoming_idempotency",
            ),
            models.CheckConstraint(condition=Q(offset__lte=F("length")), name="incoming_within_length"),
        )
        indexes = (
            models.Index(fields=("organisation", "-begun_at"), name="incoming_of_organisation"),
            models.Index(fields=("expires_at",), name="incoming_expiry"),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def under_way(self) -> bool:
        """Whether it is still to become an upload."""
        return self.state in self.UNDER_WAY


class IncomingPart(models.Model):
    """So many bytes of a file from `offset` on, sealed on disk like any staged file; no byte twice."""

    incoming = models.ForeignKey(Incoming, on_delete=models.CASCADE, related_name="parts", db_index=False)
    offset = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    file = models.UUIDField(default=uuid.uuid4)
    file_key = models.BinaryField()

    class Meta:
        ordering = ("incoming", "offset")
        constraints = (models.UniqueConstraint(fields=("incoming", "offset"), name="incoming_part_offset"),)

    def __str__(self) -> str:
        return f"{self.incoming_id} {self.offset}"
