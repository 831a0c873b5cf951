"""Consents attested together become one batch: one event, one signature, one ledger entry for all of them.

Their rows come by the thousand, so what was checked row by row is checked once a statement (`consent_stands`):
that resident, organisation, licence, text and batch exist, and that a batch comes whole. No parent of a consent
is ever deleted (`consent_parent_stays`), which is the other half of a foreign key.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

FUNCTIONS = """
CREATE FUNCTION consent_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    SELECT what INTO lacking FROM (
        SELECT 'resident' AS what FROM fresh f
        WHERE resident_id IS NOT NULL AND NOT EXISTS (SELECT FROM registry_resident WHERE id = f.resident_id)
        UNION ALL
        SELECT 'organisation' FROM (SELECT DISTINCT organisation_id AS id FROM fresh) f
        WHERE NOT EXISTS (SELECT FROM registry_organisation o WHERE o.id = f.id)
        UNION ALL
        SELECT 'licence' FROM (SELECT DISTINCT licence_id AS id FROM fresh) f
        WHERE NOT EXISTS (SELECT FROM registry_licence l WHERE l.id = f.id)
        UNION ALL
        SELECT 'text' FROM (SELECT DISTINCT text_id AS digest FROM fresh WHERE text_id IS NOT NULL) f
        WHERE NOT EXISTS (SELECT FROM consent_showntext t WHERE t.digest = f.digest)
    ) AS missing LIMIT 1;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION '% refused: there is no such % for a consent', TG_OP, lacking
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION consent_batch_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh f LEFT JOIN consent_consentbatch b ON b.id = f.batch_id
        WHERE f.batch_id IS NOT NULL GROUP BY f.batch_id, b.id, b.size
        HAVING b.id IS NULL OR count(*) <> b.size OR count(DISTINCT leaf) <> b.size OR max(leaf) <> b.size - 1
            OR NOT bool_and(f.status = 'granted' AND f.organisation_id = b.organisation_id)
    ) THEN
        RAISE EXCEPTION 'INSERT refused: a batch of consents comes whole or not at all'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION consent_parent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM consent_consent WHERE %I = $1)', TG_ARGV[0]) INTO held USING OLD.id;
    IF held THEN
        RAISE EXCEPTION 'DELETE refused: consents name this row of %', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE FUNCTION consent_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held consent_consent;
BEGIN
    IF NEW.status = 'requested' AND NEW.supersedes_id IS NULL AND NEW.resident_id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO held FROM consent_consent WHERE id = NEW.supersedes_id;
    IF NEW.status = 'granted' AND held.status = 'superseded' AND NEW.version = held.version + 1
       AND (NEW.resident_id, NEW.organisation_id, NEW.kind, NEW.purpose)
         = (held.resident_id, held.organisation_id, held.kind, held.purpose)
       AND NEW.categories <@ held.categories AND NEW.valid_until <= held.valid_until THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'INSERT refused: a consent begins as requested, in a batch, or narrower than one it supersedes'
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# Only a trigger after each row leaves COPY free to write many rows at once; those of a batch queue nothing.
TRIGGERS = (
    "DROP TRIGGER consent_begins ON consent_consent;",
    "CREATE TRIGGER consent_begins AFTER INSERT ON consent_consent"
    " FOR EACH ROW WHEN (NEW.batch_id IS NULL) EXECUTE FUNCTION consent_begins();",
    "DROP TRIGGER consent_has_event ON consent_consent;",
    "CREATE CONSTRAINT TRIGGER consent_has_event AFTER INSERT OR UPDATE ON consent_consent"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.batch_id IS NULL OR NEW.status <> 'granted')"
    " EXECUTE FUNCTION consent_has_event();",
    "CREATE TRIGGER consent_stands AFTER INSERT ON consent_consent REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION consent_stands();",
    "CREATE TRIGGER consent_still_stands AFTER UPDATE ON consent_consent REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION consent_stands();",
    "CREATE TRIGGER consent_batch_whole AFTER INSERT ON consent_consent REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION consent_batch_whole();",
    "CREATE TRIGGER consent_no_change BEFORE UPDATE OR DELETE ON consent_consentbatch"
    " FOR EACH ROW EXECUTE FUNCTION consent_refuse();",
    "CREATE TRIGGER consent_no_truncate BEFORE TRUNCATE ON consent_consentbatch"
    " FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();",
    # Hashes do not shrink: trying to would be all that it costs.
    "ALTER TABLE consent_consentbatch ALTER COLUMN leaves SET STORAGE EXTERNAL;",
    *(
        f"CREATE TRIGGER consent_parent_stays BEFORE DELETE ON registry_{parent}"
        f" FOR EACH ROW EXECUTE FUNCTION consent_parent_stays('{parent}_id');"
        for parent in ("resident", "organisation", "licence")
    ),
)

# As `consent.services.attestations.evidence_digest` makes it.
DIGESTS = """
ALTER TABLE consent_consent DISABLE TRIGGER USER;
UPDATE consent_consent SET evidence_digest = substr(sha256(
    CASE WHEN reference_digest IS NULL THEN '\\x00'::bytea ELSE '\\x10'::bytea || reference_digest END
    || evidence_document || convert_to(evidence_signed_on::text || '|' || array_to_string(categories, ',')
    || '|' || array_to_string(separate_categories, ','), 'UTF8')), 1, 16)
WHERE how = 'furnisher_attested' AND supersedes_id IS NULL;
ALTER TABLE consent_consent ENABLE TRIGGER USER;
"""


def parent(to: str, *, null: bool = False) -> models.ForeignKey:
    """A reference without a foreign key of PostgreSQL's."""
    return models.ForeignKey(
        to=to,
        on_delete=django.db.models.deletion.PROTECT,
        null=null,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )


def altered(name: str, field: models.Field) -> migrations.AlterField:
    """A column of consents as it is from now on."""
    return migrations.AlterField(model_name="consent", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_guards"), ("registry", "0007_people")]

    operations = [
        migrations.CreateModel(
            name="ConsentBatch",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("size", models.PositiveIntegerField()),
                ("shared", models.TextField()),
                ("leaves", models.BinaryField()),
                ("root", models.BinaryField(max_length=32)),
                ("signed_root", models.TextField()),
                ("ledger_entry", models.UUIDField(unique=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
            ],
        ),
        altered("supersedes", parent("consent.consent", null=True)),
        altered("resident", parent("registry.resident", null=True)),
        altered("organisation", parent("registry.organisation")),
        altered("licence", parent("registry.licence")),
        altered("text", parent("consent.showntext", null=True)),
        altered("code_digest", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("consent", "evidence_digest", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("consent", "batch", parent("consent.consentbatch", null=True)),
        migrations.AddField("consent", "leaf", models.PositiveIntegerField(null=True)),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(DIGESTS, migrations.RunSQL.noop),
        migrations.RemoveIndex("consent", "consent_of_resident"),
        migrations.RemoveIndex("consent", "consent_contributing"),
        migrations.RemoveIndex("consent", "consent_reference"),
        migrations.AddIndex(
            "consent",
            models.Index(
                fields=["organisation", "reference_digest"],
                condition=Q(reference_digest__isnull=False),
                name="consent_reference",
            ),
        ),
        migrations.RemoveConstraint("consent", "consent_attested_once"),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=("resident", "organisation", "evidence_digest"), name="consent_attested_once"
            ),
        ),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=("supersedes",), condition=Q(supersedes__isnull=False), name="consent_one_successor"
            ),
        ),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=("code_digest",), condition=Q(code_digest__isnull=False), name="consent_code"
            ),
        ),
        migrations.AddConstraint(
            "consent",
            models.CheckConstraint(
                condition=Q(batch__isnull=True, leaf__isnull=True)
                | Q(
                    batch__isnull=False,
                    leaf__isnull=False,
                    evidence_digest__isnull=False,
                    how="furnisher_attested",
                    supersedes__isnull=True,
                ),
                name="consent_batch_attested",
            ),
        ),
        migrations.RunSQL([FUNCTIONS, *TRIGGERS]),
    ]
