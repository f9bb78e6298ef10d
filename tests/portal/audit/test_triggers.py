"""G7: the database itself refuses whatever would change or remove an entry, on both engines."""

import pytest
from django.db import IntegrityError, connection, transaction

from portal.audit.models import Chain, Entry, Unalterable
from portal.audit.trail import record
from portal.audit.verify import verify

COLUMNS = (
    "id, chain_id, seq, at, actor_id, actor_name, verb, object_kind, object_key, object_name, result, body, entry, link"
)
COPY = f"SELECT {COLUMNS} FROM audit_entry WHERE seq = 1"
FORGED = COPY.replace("verb", "'forged'", 1)
UPSERT = f"INSERT INTO audit_entry ({COLUMNS}) {FORGED} ON CONFLICT"

FOR_BOTH = [
    "UPDATE audit_entry SET verb = 'forged'",
    "UPDATE audit_entry SET verb = 'forged' WHERE seq = 2",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_entry WHERE seq = 2",
    f"INSERT INTO audit_entry ({COLUMNS}) {FORGED}",
    f"{UPSERT} (id) DO UPDATE SET verb = 'forged'",
    f"{UPSERT} (chain_id, seq) DO UPDATE SET verb = 'forged'",
    "UPDATE audit_chain SET seq = seq - 1",
    "UPDATE audit_chain SET seq = seq + 2",
    "UPDATE audit_chain SET head = 'forged'",
    "UPDATE audit_chain SET tenant_id = NULL, seq = seq + 1",
    "UPDATE audit_chain SET name = 'forged', seq = seq + 1",
    "DELETE FROM audit_chain",
]
FOR_ONE = {
    "sqlite": [
        f"INSERT OR REPLACE INTO audit_entry ({COLUMNS}) {FORGED}",
        f"INSERT OR REPLACE INTO audit_entry ({COLUMNS}) {FORGED.replace('id,', '99,', 1)}",
        f"REPLACE INTO audit_entry ({COLUMNS}) {FORGED}",
        "UPDATE OR REPLACE audit_entry SET seq = 1 WHERE seq = 2",
        "INSERT OR REPLACE INTO audit_chain (id, name, seq, head) SELECT id, 'forged', 0, '' FROM audit_chain",
        "INSERT OR REPLACE INTO audit_chain (name, tenant_id, seq, head) SELECT name, NULL, 0, '' FROM audit_chain",
    ],
    "postgresql": [
        "TRUNCATE audit_entry",
        "TRUNCATE audit_chain CASCADE",
        "TRUNCATE tenants_tenant CASCADE",
    ],
}


@pytest.fixture
def entries(tenant):
    written = [record(tenant, "tenant.added"), record(tenant, "policy.changed")]
    connection.check_constraints()  # PostgreSQL refuses to empty a table while foreign keys wait to be checked
    return written


@pytest.mark.parametrize("statement", [*FOR_BOTH, *FOR_ONE[connection.vendor]])
def test_the_database_refuses(entries, tenant, statement):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert [entry.verb for entry in Entry.objects.order_by("seq")] == ["tenant.added", "policy.changed"]
    assert verify(Chain.objects.get(tenant=tenant)).is_unbroken


@pytest.mark.profile("embedded", why="try SQLite's own way round a trigger on deletion")
def test_the_database_refuses_to_replace_without_recursive_triggers(entries):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
        try:
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(f"INSERT OR REPLACE INTO audit_entry ({COLUMNS}) {FORGED}")
        finally:
            cursor.execute("PRAGMA recursive_triggers = ON")

    assert Entry.objects.filter(verb="forged").count() == 0


@pytest.mark.parametrize(
    "attempt",
    [
        lambda entry: Entry.objects.update(verb="forged"),
        lambda entry: Entry.objects.all().delete(),
        lambda entry: Entry.objects.bulk_update([entry], ["verb"]),
        lambda entry: Entry.objects.update_or_create(pk=entry.pk, defaults={"verb": "forged"}),
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
    ],
)
def test_entries_refuse_to_change_before_the_database_does(entries, attempt):
    with pytest.raises(Unalterable), transaction.atomic():
        attempt(entries[0])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda entry: Entry._base_manager.update(verb="forged"),
        lambda entry: Entry._base_manager.all()._raw_delete("default"),
        lambda entry: Entry(pk=entry.pk, chain=entry.chain, seq=9, at=entry.at).save(),
        lambda entry: Entry.objects.bulk_create(
            [entry], update_conflicts=True, update_fields=["verb"], unique_fields=["id"]
        ),
        lambda entry: Chain.objects.all()._raw_delete("default"),
        lambda entry: Chain.objects.update(seq=0),
    ],
)
def test_the_database_refuses_what_slips_past_the_models(entries, attempt):
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(entries[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["before", "after"])
def test_the_triggers_are_back_after_a_flush(tenant, time):
    """The second run finds an empty history, since the first one was flushed, and triggers that refuse nevertheless."""
    with transaction.atomic():
        assert record(tenant, "tenant.added").seq == 1

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")
