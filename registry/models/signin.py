"""Signing in by mobile: one-time codes that wait for an answer, and the tries that limits count."""

import uuid

from django.db import models


class SignInCode(models.Model):
    """A code sent to a mobile: keyed digests of both, and the mobile sealed, since a claim needs it again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mobile = models.BinaryField(max_length=16)
    sealed = models.BinaryField()
    code = models.BinaryField(max_length=16)
    wrong = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("mobile", "-created_at"), name="signin_code_mobile"),)

    def __str__(self) -> str:
        return str(self.id)


class SignInTry(models.Model):
    """One try by or about somebody: `who` is the keyed digest of a mobile or of a network address."""

    class Kind(models.TextChoices):
        CODE = "code"
        WRONG = "wrong"
        CLAIM = "claim"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    who = models.BinaryField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("who", "kind", "at"), name="signin_try_who"),
            models.Index(fields=("at",), name="signin_try_at"),
        )

    def __str__(self) -> str:
        return self.kind
