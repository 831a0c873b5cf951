"""The table that counts the requests of machines, for lenders and partners alike."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_cache_table")]

    operations = [
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                ("caller", models.UUIDField(primary_key=True, serialize=False)),
                ("minute", models.DateTimeField()),
                ("requests", models.PositiveIntegerField()),
            ],
        ),
        # It is worth a minute: losing it in a crash costs nothing, writing it ahead would cost each request.
        migrations.RunSQL(
            "ALTER TABLE registry_requestcount SET UNLOGGED", "ALTER TABLE registry_requestcount SET LOGGED"
        ),
    ]
