"""The database itself refuses to change or remove what the ledger holds (see registry/ledger/guards.py)."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION registry_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION registry_ledger_tile_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level = OLD.level AND NEW.number = OLD.number
       AND length(NEW.hashes) > length(OLD.hashes)
       AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE refused: a tile only grows' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION registry_ledger_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM registry_ledgerleaf WHERE entry_id = OLD.entry_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'DELETE refused: the entry has no place in the tree yet' USING ERRCODE = 'restrict_violation';
END $$;
"""

UNCHANGING = ("registry_ledgerentry", "registry_ledgerleaf", "registry_ledgercheckpoint")
TILE, PENDING = "registry_ledgertile", "registry_ledgerpending"

TRIGGERS = (
    [
        f"CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION registry_ledger_refuse();"
        for table in UNCHANGING
    ]
    + [
        f"CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION registry_ledger_refuse();"
        for table in (*UNCHANGING, TILE, PENDING)
    ]
    + [
        f"CREATE TRIGGER ledger_grows BEFORE UPDATE ON {TILE}"
        " FOR EACH ROW EXECUTE FUNCTION registry_ledger_tile_grows();",
        f"CREATE TRIGGER ledger_no_removal BEFORE DELETE ON {TILE}"
        " FOR EACH ROW EXECUTE FUNCTION registry_ledger_refuse();",
        f"CREATE TRIGGER ledger_no_change BEFORE UPDATE ON {PENDING}"
        " FOR EACH ROW EXECUTE FUNCTION registry_ledger_refuse();",
        f"CREATE TRIGGER ledger_placed BEFORE DELETE ON {PENDING}"
        " FOR EACH ROW EXECUTE FUNCTION registry_ledger_placed();",
    ]
)

DROP = "DROP FUNCTION registry_ledger_refuse, registry_ledger_tile_grows, registry_ledger_placed CASCADE"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [migrations.RunSQL([FUNCTIONS, *TRIGGERS], DROP)]
