from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Chunks tell of the rows that were simply accepted, of their size, their time and their values."""

    dependencies = [("ingest", "0002_uploads")]

    operations = [
        migrations.AddField("chunk", "bytes", models.PositiveIntegerField(default=0)),
        migrations.AddField("chunk", "gaps", models.JSONField(null=True)),
        migrations.AddField("chunk", "seconds", models.FloatField(null=True)),
        migrations.AddField("chunk", "quality", models.JSONField(default=dict)),
        migrations.RemoveIndex("chunk", "chunk_open"),
        migrations.AddIndex(
            "chunk",
            models.Index(
                fields=("upload", "number"),
                condition=Q(state__in=("waiting", "working")),
                name="chunk_of_upload_open",
            ),
        ),
        migrations.RemoveIndex("rowresult", "row_result_notable"),
    ]
