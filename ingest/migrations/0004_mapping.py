import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_chunks")]

    operations = [
        migrations.AddField(model_name="upload", name="previewed_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="RememberedMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("type", models.CharField(max_length=20)),
                ("headers", models.BinaryField(max_length=16)),
                ("note", models.BinaryField()),
                ("by", models.CharField(max_length=80)),
                ("remembered_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remembered_mappings",
                        to="registry.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("-remembered_at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "headers", "type"), name="remembered_mapping_headers"
                    )
                ],
            },
        ),
    ]
