"""PostgreSQL: copied by pg_dump from one snapshot, while others go on writing; brought back by pg_restore."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.backup.manifest import Unusable
from portal.backup.scratch import opened

FILE = "fileplan.dump"


class NoScratch(Exception):
    """This role may not make a database to try the copy in."""


@contextmanager
def dumped(connection: BaseDatabaseWrapper, folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """Copy the database into the folder; yields a connection that sees exactly what was copied."""
    copy = folder / FILE
    copy.touch(mode=0o600)
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        _run(connection, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={copy}")
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        yield connection


@contextmanager
def scratch(connection: BaseDatabaseWrapper, copy: Path) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, made of the copy and gone afterwards. Raises NoScratch, Unusable."""
    name = f"fileplan_proof_{secrets.token_hex(6)}"
    quoted = connection.ops.quote_name(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
    except DatabaseError as exc:
        raise NoScratch from exc
    try:
        with opened(connection, {"NAME": name}) as proof:
            load(proof, copy)
            yield proof
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def load(connection: BaseDatabaseWrapper, copy: Path) -> None:
    """Fill an empty database with the copy, whole or not at all. Raises Unusable."""
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments")
    _run(connection, "pg_restore", *whole, f"--dbname={connection.settings_dict['NAME']}", str(copy), names_it=False)


def listed(copy: Path) -> None:
    """Read the contents of the copy without loading it. Raises Unusable."""
    _run(None, "pg_restore", "--list", str(copy), names_it=False)


def _run(connection: BaseDatabaseWrapper | None, name: str, *arguments: str, names_it: bool = True) -> None:
    """Run one of PostgreSQL's programs as who the settings say; the password is in no argument. Raises Unusable."""
    given = connection.settings_dict if connection else {}
    told = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = os.environ | {name: str(given[of]) for name, of in told.items() if given.get(of)}
    database = [str(given["NAME"])] if names_it else []
    ended = subprocess.run(  # noqa: S603  (our own arguments)
        [_program(name), *arguments, *database], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise Unusable(f"{name} says: {ended.stderr.strip() or ended.returncode}")


def _program(name: str) -> str:
    """Raises Unusable where it is not installed."""
    found = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)]
    for program in filter(None, found):
        return str(program)
    raise Unusable(f"{name} is missing. Install PostgreSQL's client programs, of the server's version or newer.")
