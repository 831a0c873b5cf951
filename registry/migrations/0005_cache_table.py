"""The table of Django's database cache: attempts to sign in and codes already used, each for minutes."""

from django.db import migrations

MAKE = """
CREATE UNLOGGED TABLE registry_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX registry_cache_expires ON registry_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_sign_in")]
    operations = [migrations.RunSQL(MAKE, "DROP TABLE registry_cache")]
