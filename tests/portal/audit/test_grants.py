"""G7: the application's role owns nothing, and can only add to the history. The triggers are lifted, so that it is the
role that refuses."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from portal.audit import grants
from portal.audit.models import Chain, Entry
from portal.audit.trail import record
from portal.tenants.models import Tenant

pytestmark = pytest.mark.profile("production", why="need PostgreSQL's roles")
ROLE = "fileplan app"  # with a blank, so that it must be quoted


@pytest.fixture
def as_role(lifted: None, tenant: Tenant) -> Tenant:
    """From here on the transaction is the application's, with one entry in the history."""
    record(tenant, "tenant.added")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{ROLE}"')
        grants.grant(connection, ROLE)
        grants.grant(connection, ROLE)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'SET LOCAL ROLE "{ROLE}"')
    return tenant


def test_the_role_appends(as_role: Tenant) -> None:
    assert record(as_role, "policy.changed").seq == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'forged'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET verb = 'forged'",
        "DELETE FROM audit_chain",
        "UPDATE audit_chain SET name = 'forged'",
        "UPDATE audit_chain SET tenant_id = NULL",
        "TRUNCATE audit_chain CASCADE",
        "TRUNCATE tenants_tenant CASCADE",
        "DROP TABLE audit_entry CASCADE",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_entry ADD COLUMN forged text",
        "CREATE TRIGGER forged BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates()",
        "CREATE TABLE forged (id int)",
        "DELETE FROM django_migrations",
        "SET LOCAL session_replication_role = replica",
    ],
)
def test_the_role_may_not(as_role: Tenant, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        _execute(statement)

    assert [entry.verb for entry in Entry.objects.all()] == ["tenant.added"]
    assert Chain.objects.get(tenant=as_role).seq == 1


def test_the_role_owns_nothing(as_role: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [f'"{ROLE}"'])
        assert cursor.fetchone() == (0,)


def test_the_role_reads_and_writes_every_table(as_role: Tenant) -> None:
    """What a later migration makes is granted too: no table is forgotten."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - set(grants.RIGHTS)
        for table in tables:
            for right in grants.EVERYTHING.split(", "):
                cursor.execute("SELECT has_table_privilege(quote_ident(%s), %s)", [table, right])
                assert cursor.fetchone() == (True,), (table, right)


@pytest.mark.django_db
def test_an_owner_is_granted_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one role does everything, it has its rights as the owner."""
    granted: list[str] = []
    monkeypatch.setattr(grants, "grant", lambda _connection, role: granted.append(role))

    call_command("migrate", verbosity=0)

    assert granted == []


@pytest.mark.django_db
def test_migrate_grants_the_role_of_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    granted: list[str] = []
    monkeypatch.setattr(grants, "grant", lambda _connection, role: granted.append(role))
    monkeypatch.setitem(settings.DATABASES["default"], "USER", "somebody_else")

    call_command("migrate", verbosity=0)

    assert granted == ["somebody_else"]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
