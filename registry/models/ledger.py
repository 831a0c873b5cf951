"""The ledger's tables: entries, the queue of those not yet in the tree, leaves, tiles, checkpoints.

Triggers (migration 0002) refuse to change or remove any of it; `verify_ledger` finds what was changed
nevertheless. Each table has a single truth: an entry is its `body`, a checkpoint is its `note`; the other
columns are computed from these by PostgreSQL and so cannot disagree with them.
"""

from typing import Any

from django.db import models
from django.db.models import F, Func, Q

__all__ = ("LedgerCheckpoint", "LedgerEntry", "LedgerLeaf", "LedgerPending", "LedgerTile")


class BodyPart(Func):
    """One top-level member of an entry's body as text; `cast` (for instance "uuid") is applied to it."""

    template = "(%(expressions)s::jsonb ->> '%(part)s')::%(cast)s"

    def __init__(self, *expressions: Any, part: str, cast: str, **extra: Any) -> None:
        super().__init__(*expressions, part=part, cast=cast, **extra)


class BodyMoment(Func):
    """When an entry was made. `at` is the first member of a canonical body, so its place is fixed.

    Built from its digits since casts from text to timestamp depend on the session and so may not be stored.
    """

    template = (
        "make_timestamp(substr(%(expressions)s, 8, 4)::int, substr(%(expressions)s, 13, 2)::int,"
        " substr(%(expressions)s, 16, 2)::int, substr(%(expressions)s, 19, 2)::int,"
        " substr(%(expressions)s, 22, 2)::int, substr(%(expressions)s, 25, 9)::float8) AT TIME ZONE 'UTC'"
    )


class NoteSize(Func):
    """Tree size: the second line of a checkpoint."""

    template = "split_part(%(expressions)s, chr(10), 2)::bigint"


class NoteRoot(Func):
    """Root hash: the third line of a checkpoint."""

    template = "decode(split_part(%(expressions)s, chr(10), 3), 'base64')"


def _part(name: str, cast: str, field: "models.Field[Any, Any]", **options: Any) -> models.GeneratedField:
    expression = BodyPart(F("body"), part=name, cast=cast)
    return models.GeneratedField(expression=expression, output_field=field, db_persist=True, **options)


class LedgerEntry(models.Model):
    """One consequential act. `body` is its canonical JSON (RFC 8785) and the leaf of the tree.

    `id` is the order in which entries were begun, not their order in the tree.
    """

    id = models.BigAutoField(primary_key=True)
    body = models.TextField()
    entry = _part("entry", "uuid", models.UUIDField(), unique=True)
    event = _part("event", "text", models.CharField(max_length=40))
    subject = _part("subject", "uuid", models.UUIDField(), null=True)
    organisation = _part("organisation", "uuid", models.UUIDField(), null=True)
    at = models.GeneratedField(
        expression=BodyMoment(F("body")), output_field=models.DateTimeField(), db_persist=True
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(entry__isnull=False, event__isnull=False, at__isnull=False),
                name="ledger_entry_whole",
            ),
        )
        indexes = (
            models.Index(fields=("subject", "id"), condition=Q(subject__isnull=False), name="ledger_subject"),
            models.Index(
                fields=("organisation", "id"),
                condition=Q(organisation__isnull=False),
                name="ledger_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.entry}"


class LedgerPending(models.Model):
    """An entry that is not in the tree yet. Goes only when its leaf is there (trigger)."""

    entry = models.OneToOneField(
        LedgerEntry, on_delete=models.PROTECT, primary_key=True, related_name="pending"
    )

    def __str__(self) -> str:
        return f"pending {self.entry_id}"


class LedgerLeaf(models.Model):
    """The place of an entry in the tree; indexes are consecutive from 0."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="leaf")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(index__gte=0), name="ledger_leaf_index"),)

    def __str__(self) -> str:
        return f"leaf {self.index}"


class LedgerTile(models.Model):
    """Up to 256 consecutive SHA-256 hashes of one level of the tree, in the shape of C2SP tlog-tiles.

    Level 0 holds leaf hashes; a hash of level L+1 is the root of one full tile of level L. A tile grows
    until it is full and never changes a hash it holds (trigger).
    """

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("level", "number"), name="ledger_tile_place"),)

    def __str__(self) -> str:
        return f"tile {self.level}/{self.number}"


class LedgerCheckpoint(models.Model):
    """A signed tree head: C2SP tlog-checkpoint in a C2SP signed note."""

    note = models.TextField()
    size = models.GeneratedField(
        expression=NoteSize(F("note")), output_field=models.BigIntegerField(), db_persist=True, unique=True
    )
    root = models.GeneratedField(
        expression=NoteRoot(F("note")), output_field=models.BinaryField(max_length=32), db_persist=True
    )
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(size__isnull=False, root__isnull=False), name="ledger_checkpoint_whole"
            ),
        )

    def __str__(self) -> str:
        return f"checkpoint {self.size}"
