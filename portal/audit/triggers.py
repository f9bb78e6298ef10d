"""The database's own refusal to change the history (G7): entries are only added, a chain only moves forward by one.

Or, once after a restore, onto an entry that tells of it: the numbers in between are known outside and never used again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

CHANGED = "Entries of the history are never changed."
REMOVED = "Entries of the history are never removed."
TAKEN = "This place in the history is taken."
FORWARD = "A chain only moves forward, by one entry at a time."

RESUMED = """EXISTS (SELECT 1 FROM audit_entry WHERE chain_id = NEW.id AND seq = NEW.seq AND link = NEW.head
        AND verb = 'restore.noticed')"""
STEPS = f"(NEW.seq = OLD.seq + 1 OR (NEW.seq > OLD.seq + 1 AND {RESUMED}))"

# INSERT OR REPLACE removes what is in its way without asking triggers on deletion, so it is refused for being there.
SQLITE = {
    "audit_entry_unchanged": f"BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
    "audit_entry_kept": f"BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, '{REMOVED}'); END",
    "audit_entry_not_replaced": f"""BEFORE INSERT ON audit_entry
        WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id OR (chain_id = NEW.chain_id AND seq = NEW.seq))
        BEGIN SELECT RAISE(ABORT, '{TAKEN}'); END""",  # noqa: S608
    "audit_chain_forward": f"""BEFORE UPDATE ON audit_chain
        WHEN NOT {STEPS}
            OR NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.tenant_id IS NOT OLD.tenant_id
        BEGIN SELECT RAISE(ABORT, '{FORWARD}'); END""",
    "audit_chain_kept": f"BEFORE DELETE ON audit_chain BEGIN SELECT RAISE(ABORT, '{REMOVED}'); END",
    "audit_chain_not_replaced": f"""BEFORE INSERT ON audit_chain
        WHEN EXISTS (SELECT 1 FROM audit_chain WHERE id = NEW.id OR name = NEW.name OR tenant_id = NEW.tenant_id)
        BEGIN SELECT RAISE(ABORT, '{TAKEN}'); END""",  # noqa: S608
}

# The error code is the one of a broken constraint, so that both databases raise IntegrityError.
POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$"""
# A condition of a trigger may not look into a table, a function may.
POSTGRESQL_FORWARD = f"""CREATE OR REPLACE FUNCTION audit_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT {STEPS} OR NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$"""
POSTGRESQL = {
    "audit_entry_unchanged": f"BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse('{CHANGED}')",
    "audit_entry_kept": f"BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse('{REMOVED}')",
    "audit_entry_not_emptied": f"BEFORE TRUNCATE ON audit_entry EXECUTE FUNCTION audit_refuse('{REMOVED}')",
    "audit_chain_forward": f"BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_forward('{FORWARD}')",
    "audit_chain_kept": f"BEFORE DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_refuse('{REMOVED}')",
    "audit_chain_not_emptied": f"BEFORE TRUNCATE ON audit_chain EXECUTE FUNCTION audit_refuse('{REMOVED}')",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse from here on. They must not be installed already."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            cursor.execute(POSTGRESQL_FORWARD)
        for name, trigger in (POSTGRESQL if connection.vendor == "postgresql" else SQLITE).items():
            cursor.execute(f"CREATE TRIGGER {name} {trigger}")


def lift(connection: BaseDatabaseWrapper) -> None:
    """Stop refusing. For undoing the migration and for tests that empty or forge a history; no page leads here."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION audit_refuse() CASCADE")
            cursor.execute("DROP FUNCTION IF EXISTS audit_forward() CASCADE")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER {name}")
