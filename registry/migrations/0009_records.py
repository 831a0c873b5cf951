import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q

RECORD = {"on_delete": django.db.models.deletion.PROTECT, "db_index": False, "db_constraint": False}


def add(name, field):
    return migrations.AddField(model_name="record", name=name, field=field)


class Migration(migrations.Migration):
    """Records know what they speak of and since when; people are told of what counts against them."""

    dependencies = [("registry", "0007_people")]

    operations = [
        migrations.AddField(
            model_name="resident",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        add("as_of", models.DateTimeField(default=django.utils.timezone.now)),
        add("confirmed_upload", models.UUIDField(null=True)),
        add("confirmed_row", models.PositiveIntegerField(null=True)),
        add("negative_from", models.DateField(null=True)),
        add("notice_id", models.UUIDField(null=True)),
        add("ended_at", models.DateTimeField(null=True)),
        # What was shown before these notices came stays shown, and speaks of the day it came.
        migrations.RunSQL("UPDATE registry_record SET as_of = received_at", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="record",
            name="resident",
            field=models.ForeignKey(related_name="records", to="registry.resident", **RECORD),
        ),
        migrations.AlterField(
            model_name="record",
            name="organisation",
            field=models.ForeignKey(related_name="+", to="registry.organisation", **RECORD),
        ),
        migrations.AlterField(
            model_name="record",
            name="supersedes",
            field=models.ForeignKey(null=True, related_name="+", to="registry.record", **RECORD),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=["natural"],
                condition=Q(status="withdrawn") & ~Q(natural=b""),
                name="record_retracted",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=["negative_from"],
                condition=Q(negative_from__isnull=False, notice_id__isnull=True),
                name="record_unannounced",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=["notice_id"], condition=Q(notice_id__isnull=False), name="record_under_notice"
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("upload_id", models.UUIDField(null=True)),
                ("message_id", models.UUIDField(null=True)),
                ("queued_at", models.DateTimeField()),
                ("waits_until", models.DateTimeField()),
                ("resident", models.ForeignKey(related_name="+", to="registry.resident", **RECORD)),
                ("organisation", models.ForeignKey(related_name="+", to="registry.organisation", **RECORD)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("resident", "upload_id"), name="notice_once"),
                ],
            },
        ),
    ]
