import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

PROTECTED = {"on_delete": django.db.models.deletion.PROTECT, "db_constraint": False}
PLAIN = {**PROTECTED, "db_index": False}


def turn(model, name, field):
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    """Fewer indexes, no checks of parents row by row, and settlements in the place of claims.

    The blind indexes are laid anew without a number of their own: nothing is deployed that they would have to
    be carried over from.
    """

    dependencies = [("registry", "0006_request_count")]

    operations = [
        migrations.DeleteModel("IdentityClaim"),
        migrations.DeleteModel("Identifier"),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "digest", "resident", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("version", models.PositiveSmallIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("strong", models.BooleanField(default=False)),
                (
                    "resident",
                    models.ForeignKey(related_name="identifiers", to="registry.resident", **PLAIN),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["digest"], condition=Q(strong=True), name="identifier_strong_once"
                    )
                ],
                "indexes": [models.Index(fields=["resident"], name="identifier_resident")],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("keys", models.BinaryField()),
                ("horizon", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(
            """
            ALTER TABLE registry_settlement SET UNLOGGED;
            ALTER TABLE registry_settlement ALTER COLUMN keys SET STORAGE EXTERNAL;
            """,
            migrations.RunSQL.noop,
        ),
        turn(
            "resident",
            "merged_into",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="registry.resident",
                db_index=False,
            ),
        ),
        migrations.AddIndex(
            "resident",
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="resident_merged"
            ),
        ),
        turn(
            "residentkey",
            "resident",
            models.OneToOneField(
                primary_key=True,
                related_name="data_key",
                serialize=False,
                to="registry.resident",
                **PROTECTED,
            ),
        ),
        turn(
            "identity",
            "resident",
            models.ForeignKey(related_name="identities", to="registry.resident", **PROTECTED),
        ),
        turn("identity", "organisation", models.ForeignKey(null=True, to="registry.organisation", **PLAIN)),
        turn(
            "link",
            "identity",
            models.OneToOneField(related_name="link", to="registry.identity", **PROTECTED),
        ),
        turn(
            "link",
            "resident",
            models.ForeignKey(related_name="links", to="registry.resident", **PLAIN),
        ),
        turn(
            "link",
            "candidate",
            models.ForeignKey(null=True, related_name="doubts", to="registry.resident", **PLAIN),
        ),
    ]
