"""The database itself holds the states of a consent and keeps its events (see docs/consent.md).

- a consent begins as requested, or granted with a furnisher's evidence, or granted in place of another one
- it only moves along the arrows of `consent_step`, and only the columns that arrow names change with it
- it is never deleted; events and shown texts are never changed or deleted
- at commit, its state must have its event
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION consent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION consent_step(before text, later text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE before || ' -> ' || later
        WHEN 'requested -> granted' THEN
            '{status,resident_id,categories,separate_categories,valid_from,valid_until,how,place,text_id,language,'
            'match_level,asked,decided_at}'::text[]
        WHEN 'requested -> declined' THEN
            '{status,resident_id,how,place,text_id,language,match_level,asked,decided_at,ended_at}'::text[]
        WHEN 'requested -> expired' THEN '{status,asked,ended_at}'::text[]
        WHEN 'granted -> withdrawn' THEN '{status,ended_at}'::text[]
        WHEN 'granted -> expired' THEN '{status,ended_at}'::text[]
        WHEN 'granted -> superseded' THEN '{status,ended_at}'::text[]
    END
$$;

CREATE FUNCTION consent_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := consent_step(OLD.status, NEW.status);
BEGIN
    IF free IS NULL THEN
        RAISE EXCEPTION 'UPDATE refused: a consent does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - free IS DISTINCT FROM to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'UPDATE refused: more of a consent would change than its state allows'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT NEW.categories <@ OLD.categories THEN
        RAISE EXCEPTION 'UPDATE refused: more categories than were asked for' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION consent_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held consent_consent;
BEGIN
    IF NEW.status = 'requested' AND NEW.supersedes_id IS NULL AND NEW.resident_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.status = 'granted' AND NEW.supersedes_id IS NULL AND NEW.how = 'furnisher_attested' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO held FROM consent_consent WHERE id = NEW.supersedes_id;
    IF NEW.status = 'granted' AND held.status = 'superseded' AND NEW.version = held.version + 1
       AND (NEW.resident_id, NEW.organisation_id, NEW.kind, NEW.purpose)
         = (held.resident_id, held.organisation_id, held.kind, held.purpose)
       AND NEW.categories <@ held.categories AND NEW.valid_until <= held.valid_until THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'INSERT refused: a consent begins as requested, attested, or narrower than one it supersedes'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION consent_has_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM consent_consentevent WHERE consent_id = NEW.id AND state = NEW.status) THEN
        RAISE EXCEPTION '% refused: the state of a consent needs its event', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""

KEPT = ("consent_consentevent", "consent_showntext")

TRIGGERS = (
    [
        f"CREATE TRIGGER consent_no_change BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION consent_refuse();"
        for table in KEPT
    ]
    + [
        f"CREATE TRIGGER consent_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();"
        for table in (*KEPT, "consent_consent")
    ]
    + [
        "CREATE TRIGGER consent_no_removal BEFORE DELETE ON consent_consent"
        " FOR EACH ROW EXECUTE FUNCTION consent_refuse();",
        "CREATE TRIGGER consent_changes BEFORE UPDATE ON consent_consent"
        " FOR EACH ROW EXECUTE FUNCTION consent_changes();",
        "CREATE TRIGGER consent_begins BEFORE INSERT ON consent_consent"
        " FOR EACH ROW EXECUTE FUNCTION consent_begins();",
        "CREATE CONSTRAINT TRIGGER consent_has_event AFTER INSERT OR UPDATE ON consent_consent"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consent_has_event();",
    ]
)

DROP = (
    "DROP FUNCTION consent_refuse, consent_step, consent_changes, consent_begins, consent_has_event CASCADE"
)


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [migrations.RunSQL([FUNCTIONS, *TRIGGERS], DROP)]
