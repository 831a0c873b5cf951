"""A file that waits for its disk or its keys is tried again and again, more often than two bytes can count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two wider columns."""

    dependencies = [("ingest", "0007_automation")]

    operations = [
        migrations.AlterField("chunk", "attempts", models.PositiveIntegerField(default=0)),
        migrations.AlterField("upload", "attempts", models.PositiveIntegerField(default=0)),
    ]
