"""Invitations of furnishers, and consents to contribute that a resident gives herself."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# As before, and a contribution that a resident grants herself, by an invitation: nothing was requested of
# her by name. Its event is held to by consent_has_event.
BEGINS = """
CREATE OR REPLACE FUNCTION consent_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held consent_consent;
BEGIN
    IF NEW.status = 'requested' AND NEW.supersedes_id IS NULL AND NEW.resident_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF NEW.status = 'granted' AND NEW.supersedes_id IS NULL AND NEW.kind = 'contribution'
       AND NEW.how IN ('self_service', 'assisted') AND NEW.evidence_document IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO held FROM consent_consent WHERE id = NEW.supersedes_id;
    IF NEW.status = 'granted' AND held.status = 'superseded' AND NEW.version = held.version + 1
       AND (NEW.resident_id, NEW.organisation_id, NEW.kind, NEW.purpose)
         = (held.resident_id, held.organisation_id, held.kind, held.purpose)
       AND NEW.categories <@ held.categories AND NEW.valid_until <= held.valid_until THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'INSERT refused: a consent begins as requested, granted by its resident, in a batch, or '
        'narrower than one it supersedes' USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_batches"), ("registry", "0006_request_count")]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("code", models.CharField(max_length=17, unique=True)),
                ("by", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "licence",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.licence",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="registry.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("-made_at", "id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=["organisation", "-made_at"],
                        name="invitation_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("made_at"))),
                        name="invitation_period_in_order",
                    )
                ],
            },
        ),
        migrations.RunSQL(BEGINS, migrations.RunSQL.noop),
    ]
