from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_records")]

    operations = []
