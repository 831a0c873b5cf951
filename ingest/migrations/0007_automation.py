import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0005_incoming"), ("registry", "0010_webhooks")]

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.BinaryField(max_length=16)),
                ("request", models.BinaryField(max_length=16)),
                ("held_until", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_index=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="kept_answer_key")
                ],
            },
        ),
    ]
