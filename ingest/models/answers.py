"""Answers that are kept for a day under their Idempotency-Key, so that a request sent twice acts once."""

import uuid

from django.db import models

from registry.models import Organisation


class KeptAnswer(models.Model):
    """A request that is being worked on (until `held_until`), or its answer: `status` and, sealed, its body.

    `key` and `request` are keyed digests of the Idempotency-Key and of the request it came with.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=16)
    request = models.BinaryField(max_length=16)
    held_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "key"), name="kept_answer_key"),)

    def __str__(self) -> str:
        return str(self.id)
