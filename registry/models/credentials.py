"""What machines sign in with: API keys of furnishers, public keys of lenders' clients; how often they ask."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from registry.models.organisations import Organisation, User


class ApiKey(models.Model):
    """A furnisher's key for automation. Only its SHA-256 is kept; the prefix helps a person recognise it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_keys")
    label = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Client(models.Model):
    """A lender's OAuth 2.0 client; its id is the client_id, `jwks` holds its public keys (RFC 7517)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="clients")
    label = models.CharField(max_length=80)
    jwks = models.JSONField()
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.label


class RequestCount(models.Model):
    """How many requests a machine sent in the minute that began at `minute`; `caller` is its client or key.

    One row a caller, overwritten; its table is unlogged, for a crash may forget it.
    """

    caller = models.UUIDField(primary_key=True)
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.requests} since {self.minute:%H:%M}"
