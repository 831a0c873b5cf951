"""Uploads, the chunks they are worked on in, and what became of every row. No value of a row stands here."""

import uuid
from collections.abc import Iterator

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Licence, Organisation


class Upload(models.Model):
    """One file of a furnisher, from its arrival to its result.

    `content` and `idempotency` are keyed digests. `name`, `mapping` and `error` are sealed notes
    (`registry.staging`), since a file's name and its headers may hold anything, and go a month after the end.
    `file` is the staged copy of the file and `file_key` its wrapped key; both go when the file is destroyed.
    `rows` is known once the file is read; the counts are final once the upload is finished.

    `hold` makes it wait in `previewed` until somebody confirms it. `choices` (how to read the file, against
    what was found) and `preview` (what was found, and the first rows as they stand) are sealed notes too; the
    preview was made at `previewed_at` and goes a day later.
    `trial` tells of a dry run and `trial_counts` what came of it. `as_of` is the moment its rows speak of:
    a record on file that is newer is never replaced. `reasons` and `quality` are counts by code and field,
    kept when the rows' results are gone.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        PARSING = "parsing", _("Being read")
        PREVIEWED = "previewed", _("Read")
        PROCESSING = "processing", _("In progress")
        DONE = "done", _("Done")
        DONE_WITH_ERRORS = "done_with_errors", _("Done, some rows refused")
        REJECTED = "rejected", _("Rejected")
        CANCELLED = "cancelled", _("Cancelled")

    class Source(models.TextChoices):
        DESK = "desk", _("At the desk")
        REST = "rest", _("By the API")
        RESUMABLE = "resumable", _("By a resumable upload")
        STREAM = "stream", _("As a stream")
        FOLDER = "folder", _("From the watched folder")

    class Trial(models.TextChoices):
        NONE = "", ""
        RUNNING = "running", _("Dry run in progress")
        DONE = "done", _("Dry run done")

    UNREAD = (Status.RECEIVED, Status.PARSING)
    OPEN = (*UNREAD, Status.PREVIEWED, Status.PROCESSING)
    FINISHED = (Status.DONE, Status.DONE_WITH_ERRORS)
    OUTCOMES = ("accepted", "unchanged", "corrected", "held_for_review", "refused")
    AWAITING = Q(status=Status.PREVIEWED, hold=True, confirmed_at__isnull=True)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="uploads", db_index=False
    )
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.CharField(max_length=80)
    status = models.CharField(max_length=20, choices=Status, default=Status.RECEIVED)
    type = models.CharField(max_length=20, blank=True)
    format = models.CharField(max_length=10, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    bytes = models.PositiveBigIntegerField()
    content = models.BinaryField(max_length=16)
    idempotency = models.BinaryField(max_length=16, null=True)
    name = models.BinaryField(null=True)
    mapping = models.BinaryField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.BinaryField(null=True)
    file = models.UUIDField(default=uuid.uuid4)
    file_key = models.BinaryField(null=True)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    held_for_review = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    source = models.CharField(max_length=10, choices=Source, default=Source.REST)
    hold = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=80, blank=True)
    choices = models.BinaryField(null=True)
    preview = models.BinaryField(null=True)
    previewed_at = models.DateTimeField(null=True)
    trial = models.CharField(max_length=10, choices=Trial, default=Trial.NONE, blank=True)
    trial_counts = models.JSONField(default=dict)
    as_of = models.DateTimeField(null=True)
    reasons = models.JSONField(default=dict)
    quality = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result_fetched_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-received_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "idempotency"), name="upload_idempotency"),
            models.UniqueConstraint(
                fields=("organisation", "content"),
                condition=Q(status__in=("received", "parsing", "previewed", "processing", "done")),
                name="upload_same_content",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "-received_at"), name="upload_of_organisation"),
            models.Index(
                fields=("status",),
                condition=Q(status__in=("received", "parsing", "previewed", "processing")),
                name="upload_open",
            ),
            models.Index(
                fields=("finished_at",), condition=Q(file_key__isnull=False), name="upload_file_kept"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def awaiting(self) -> bool:
        """Whether its preview waits for somebody to confirm it; `AWAITING` asks the same of the table."""
        return self.status == self.Status.PREVIEWED and self.hold and self.confirmed_at is None


class Chunk(models.Model):
    """Some thousand rows of an upload, staged sealed until they are worked on, by one worker at a time.

    A worker that takes a chunk holds it until `lease_until`; whoever finds it waiting after that takes it.
    A waiting chunk with a lease is one that somebody was woken for. `bytes` lie staged; `seconds` is how long
    the work on it took. `gaps` are the runs [first, last] of numbers among its rows that are none; null for
    a chunk whose every row has a result of its own. `quality` counts values, as the upload's does.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField()
    last_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    file = models.UUIDField(default=uuid.uuid4)
    file_key = models.BinaryField(null=True)
    bytes = models.PositiveIntegerField(default=0)
    gaps = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    held_for_review = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True)
    quality = models.JSONField(default=dict)

    class Meta:
        ordering = ("upload", "number")
        constraints = (
            models.UniqueConstraint(fields=("upload", "number"), name="chunk_number"),
            models.CheckConstraint(
                condition=Q(file_key__isnull=True) | ~Q(state="done"), name="chunk_done_without_file"
            ),
        )
        indexes = (
            models.Index(
                fields=("upload", "number"),
                condition=Q(state__in=("waiting", "working")),
                name="chunk_of_upload_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"

    def numbers(self, after: int = 0) -> Iterator[int]:
        """The numbers of its rows above `after`, in order."""
        start = max(self.first_row, after + 1)
        for first, last in self.gaps or ():
            yield from range(start, first)
            start = max(start, last + 1)
        yield from range(start, self.last_row + 1)


class RowResult(models.Model):
    """What became of one row. `errors` and `warnings` are lists of [code, field], never a value.

    A row that was accepted without a warning has none: its chunk tells (`ingest.queries.rows` lists it).
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        UNCHANGED = "unchanged", _("Unchanged")
        CORRECTED = "corrected", _("Corrected")
        HELD_FOR_REVIEW = "held_for_review", _("Held for review")
        REFUSED = "refused", _("Refused")

    pk = models.CompositePrimaryKey("upload_id", "row")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="results", db_index=False)
    row = models.PositiveIntegerField()
    outcome = models.CharField(max_length=15, choices=Outcome)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.upload_id} {self.row} {self.outcome}"
