"""Wrapped keys. Nothing here opens anything without the root key, which lives outside the database."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SystemKey(models.Model):
    """A secret of the system itself (blind index, signing, staging …), wrapped by the root key."""

    name = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("name", "version"), name="system_key_version"),)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ShardKey(models.Model):
    """Wraps the data keys of one 64th of the residents; itself wrapped by the root key."""

    shard = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    root_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("shard", "version"), name="shard_key_version"),)

    def __str__(self) -> str:
        return f"shard {self.shard} v{self.version}"


class ResidentKey(models.Model):
    """One resident's data key. Destroying `wrapped` is what erasure means."""

    resident = models.OneToOneField(
        "registry.Resident",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="data_key",
        db_constraint=False,
    )
    shard = models.PositiveSmallIntegerField()
    shard_version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="resident_key_whole_or_destroyed",
            ),
        )

    def __str__(self) -> str:
        return f"key of {self.resident_id}"
