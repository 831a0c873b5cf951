import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0004_mapping"),
    ]

    operations = [
        migrations.CreateModel(
            name="Incoming",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("by", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("receiving", "Receiving"),
                            ("arrived", "Arrived"),
                            ("landed", "Landed"),
                            ("refused", "Refused"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="receiving",
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("desk", "At the desk"),
                            ("rest", "By the API"),
                            ("resumable", "By a resumable upload"),
                            ("stream", "As a stream"),
                            ("folder", "From the watched folder"),
                        ],
                        max_length=10,
                    ),
                ),
                ("type", models.CharField(blank=True, max_length=20)),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("hold", models.BooleanField(default=False)),
                ("as_of", models.DateTimeField(null=True)),
                ("length", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField(default=0)),
                ("told", models.BinaryField()),
                ("idempotency", models.BinaryField(max_length=16, null=True)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("holder", models.UUIDField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("begun_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="registry.organisation",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ingest.upload",
                    ),
                ),
            ],
            options={
                "ordering": ("-begun_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="IncomingPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("offset", models.PositiveBigIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("file", models.UUIDField(default=uuid.uuid4)),
                ("file_key", models.BinaryField()),
                (
                    "incoming",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="ingest.incoming",
                    ),
                ),
            ],
            options={
                "ordering": ("incoming", "offset"),
            },
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(fields=["organisation", "-begun_at"], name="incoming_of_organisation"),
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(fields=["expires_at"], name="incoming_expiry"),
        ),
        migrations.AddConstraint(
            model_name="incoming",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("receiving", "arrived", "landed"))),
                fields=("organisation", "idempotency"),
                name="incoming_idempotency",
            ),
        ),
        migrations.AddConstraint(
            model_name="incoming",
            constraint=models.CheckConstraint(
                condition=models.Q(("offset__lte", models.F("length"))), name="incoming_within_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingpart",
            constraint=models.UniqueConstraint(fields=("incoming", "offset"), name="incoming_part_offset"),
        ),
    ]
