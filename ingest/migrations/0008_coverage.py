from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ingest", "0007_automation")]

    operations = []
