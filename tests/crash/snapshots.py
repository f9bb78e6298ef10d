"""The database as it was when the worker set out, to go back to after every death: a file, or a template."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection

CONFIGURED = settings.DATABASES["default"]
NAME = str(CONFIGURED["NAME"])
KEPT = f"{NAME}.approved"


def keep() -> None:
    """Remember the database as it is."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copy(NAME, KEPT)
    else:
        _copy(NAME, KEPT)


def restore() -> None:
    """Bring the database back to what was kept. Whoever still holds a connection to it loses it.

    What is known outside is brought back with it: this is a time that was gone back in, not a restored backup.
    """
    shutil.rmtree(settings.CHECKPOINT_DIR, ignore_errors=True)
    if connection.vendor == "sqlite":
        connection.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{NAME}{suffix}").unlink(missing_ok=True)
        shutil.copy(KEPT, NAME)
    else:
        _copy(KEPT, NAME)


def make() -> None:
    """An empty database; SQLite makes its own."""
    if connection.vendor == "postgresql":
        _copy("template0", NAME)


def _copy(source: str, target: str) -> None:
    connection.close()
    quote = connection.ops.quote_name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(target)} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {quote(target)} TEMPLATE {quote(source)} STRATEGY file_copy")
