"""What an organisation's clerk confirmed once about tables with the same headers."""

import uuid

from django.db import models

from registry.models import Organisation


class RememberedMapping(models.Model):
    """How tables with these headers were read and mapped when a clerk last confirmed one.

    `headers` is a keyed digest of the organisation and the headers as a file shows them by itself, `type` the
    record type that was confirmed. `note` is sealed (`registry.staging`): the choices of encoding, delimiter,
    sheet and header row, a digest of the headers that they lead to, and each column's field.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="remembered_mappings", db_index=False
    )
    type = models.CharField(max_length=20)
    headers = models.BinaryField(max_length=16)
    note = models.BinaryField()
    by = models.CharField(max_length=80)
    remembered_at = models.DateTimeField()

    class Meta:
        ordering = ("-remembered_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "headers", "type"), name="remembered_mapping_headers"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
