"""Whether what the database acknowledges survives a power cut (G16), asked of a live connection."""

from collections.abc import Sequence
from typing import Any, cast

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper

FULL = 2
SQLITE = {"journal_mode": "wal", "synchronous": FULL, "foreign_keys": 1, "recursive_triggers": 1}


def faults(connection: BaseDatabaseWrapper) -> list[str]:
    """The settings of this connection that are not as they must be, as `name=value`. Raises DatabaseError."""
    if connection.vendor == "postgresql":
        found = _ask(connection, "SHOW synchronous_commit")
        return [f"synchronous_commit={found}"] if found == "off" else []
    in_memory = cast(DatabaseWrapper, connection).is_in_memory_db()  # a test's, which nothing survives
    wanted = SQLITE | ({"journal_mode": "memory"} if in_memory else {})
    asked = {name: _ask(connection, f"PRAGMA {name}") for name in wanted}
    return [f"{name}={found}" for name, found in asked.items() if found != wanted[name]]


def check(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """System check, for the databases it is asked about: `migrate`, `check --database default`."""
    return [
        Error(
            f"The database “{alias}” may lose what it has acknowledged, or refuse too little: {fault}.",
            hint="Set it as README.md says under Production, then start again.",
            id="audit.E001",
        )
        for alias in databases or []
        for fault in faults(connections[alias])
    ]


def _ask(connection: BaseDatabaseWrapper, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
