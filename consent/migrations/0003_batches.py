from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_guards")]

    operations = []
