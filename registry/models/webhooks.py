"""Webhooks: where organisations want to be told, what they were told, and how each try went."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from registry.models.organisations import Organisation


class WebhookEndpoint(models.Model):
    """An address of an organisation's own. `sealed` holds the address and its secrets.

    An empty list of `events` means all of them. One that is `disabled` (by its organisation, or because its
    address answered 410) is told nothing.
    """

    class Reason(models.TextChoices):
        NONE = "", ""
        OWN_WISH = "own_wish"
        GONE = "gone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="webhooks")
    label = models.CharField(max_length=80, blank=True)
    events = ArrayField(models.CharField(max_length=40), default=list)
    sealed = models.BinaryField()
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=10, choices=Reason, default=Reason.NONE, blank=True)
    failing_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return str(self.id)


class WebhookDelivery(models.Model):
    """One event for one endpoint: the outbox. `body` holds ids, codes and counts, never personal data.

    `due_at` is when it may next be tried. Whoever was woken for it, or is at it, holds it until `held_until`.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.CharField(max_length=40)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    woken_until = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = (
            models.Index(fields=("endpoint", "-created_at", "id"), name="webhook_delivery_log"),
            models.Index(fields=("due_at",), condition=Q(state="queued"), name="webhook_delivery_due"),
            models.Index(fields=("settled_at",), name="webhook_delivery_settled"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class WebhookAttempt(models.Model):
    """One try of a delivery: when, what came back (`status` where there was an answer), how long it took."""

    class Outcome(models.TextChoices):
        DELIVERED = "delivered"
        REFUSED = "refused"
        REDIRECTED = "redirected"
        UNREACHABLE = "unreachable"
        TIMED_OUT = "timed_out"
        ADDRESS_NOT_PUBLIC = "address_not_public"
        GONE = "gone"

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%H:%M:%S}"
