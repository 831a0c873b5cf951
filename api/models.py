"""Tables of the lender's app: what was seen once, and reports kept for a day."""

import uuid

from django.db import models
from django.db.models import Q

from registry.models import Client, Organisation, Resident


class SeenToken(models.Model):
    """A single-use token that was used: the SHA-256 over its kind, owner and `jti`.

    Swept when the token could not be accepted any more anyway.
    """

    digest = models.BinaryField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"seen until {self.expires_at:%H:%M:%S}"


class Report(models.Model):
    """A report as it was handed out, sealed under the resident's key, kept for 24 hours.

    `request_digest` is the SHA-256 of the request that asked for it: the same Idempotency-Key with another
    request is refused by it. `grounds` maps the contribution consents that its records rest on to their
    categories: what is withdrawn there is not handed out again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="reports", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    consent_id = models.UUIDField()
    purpose = models.CharField(max_length=40)
    reference = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=64, null=True)
    request_digest = models.BinaryField(max_length=32)
    grounds = models.JSONField(default=dict)
    sealed = models.BinaryField()
    generated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("client", "idempotency_key"),
                condition=Q(idempotency_key__isnull=False),
                name="report_once_per_key",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
