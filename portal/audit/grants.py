"""What the application's role may do in PostgreSQL: work with rows, own nothing, only add to the history (G7)."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
# A chain moves forward, which its trigger watches; it is locked for that, which needs a right to change a column.
RIGHTS = {
    "audit_entry": "SELECT, INSERT",
    "audit_chain": "SELECT, INSERT, UPDATE (seq, head)",
    "audit_confirmation": "SELECT, INSERT",
    "audit_restoration": "SELECT, INSERT, UPDATE",
    "django_migrations": "SELECT",
}


def after_migrate(*, using: str, **_: Any) -> None:
    """Signal receiver: the application's role gets its rights anew, since a migration may have made tables."""
    connection = connections[using]
    role = settings.DATABASES["default"].get("USER")
    if connection.vendor == "postgresql" and role and role != _owner(connection):
        grant(connection, role)


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give a role its rights on every table here and take any others. Needs the tables' owner; may be repeated."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quote(role)}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"REVOKE ALL ON {quote(table)} FROM {quote(role)}, PUBLIC")
            cursor.execute(f"GRANT {RIGHTS.get(table, EVERYTHING)} ON {quote(table)} TO {quote(role)}")


def _owner(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
