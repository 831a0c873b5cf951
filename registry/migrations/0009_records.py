from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_ledger_batches")]

    operations = []
