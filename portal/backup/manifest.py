"""What a backup says of itself: its file with size and hash, how many rows, and how far each chain had come."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FORMAT = 1
NAME = "manifest.json"


class Unusable(Exception):
    """This is no backup, or not the one that was made. The text says what is wrong."""


class Stand(NamedTuple):
    """How far a chain had come."""

    name: str
    seq: int
    head: str


@dataclass(frozen=True)
class Manifest:
    """`file` is the copy of the database, `rows` the count of each table, `migrations` what had been applied."""

    format: int
    fileplan: str
    engine: str
    time: str
    file: str
    sha256: str
    bytes: int
    rows: dict[str, int]
    chains: list[Stand]
    migrations: list[str]

    def write(self, folder: Path) -> None:
        """Last of all, so that a backup that was cut off has none. Returns once it is on the disk."""
        told = {**asdict(self), "chains": [stand._asdict() for stand in self.chains]}
        with os.fdopen(os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(told, file, indent=1)
            file.flush()
            os.fsync(file.fileno())

    def check_file(self, folder: Path) -> None:
        """Raises Unusable unless the copy is, byte by byte, the one that was made."""
        copy = folder / self.file
        if not copy.is_file():
            raise Unusable(f"{copy} is missing.")
        if copy.stat().st_size != self.bytes or sha256(copy) != self.sha256:
            raise Unusable(f"{copy} is not the file that was written: its size or its SHA-256 differs.")

    def check_version(self, connection: BaseDatabaseWrapper) -> None:
        """Raises Unusable for a backup of a newer Fileplan than this one, or of another kind of database."""
        if self.engine != connection.vendor:
            raise Unusable(f"It is a backup of {self.engine}; DATABASE_URL names {connection.vendor}.")
        known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
        if unknown := sorted(set(self.migrations) - known):
            raise Unusable(f"It was made by a newer Fileplan, {self.fileplan}: this one does not know {unknown[0]}.")

    def check_rows(self, connection: BaseDatabaseWrapper) -> None:
        """Raises Unusable unless every table holds as many rows as were copied, and each chain stands where it did."""
        found, heads = rows(connection), chains(connection)
        for table in sorted(self.rows.keys() | found.keys()):
            if self.rows.get(table) != found.get(table):
                counts = f"{found.get(table)} rows, not {self.rows.get(table)}"
                raise Unusable(f"The table {table} holds {counts}.")
        if heads != self.chains:
            raise Unusable("A chain of the history does not stand where it stood.")


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises Unusable."""
    try:
        told = json.loads((folder / NAME).read_text())
        told["chains"] = [Stand(**stand) for stand in told["chains"]]
        found = Manifest(**told)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise Unusable(f"{folder / NAME} cannot be read, so {folder} is no complete backup.") from exc
    if found.format != FORMAT or Path(found.file).name != found.file:
        raise Unusable(f"{folder} is written in a form that this version does not read.")
    return found


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def rows(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """How many rows each table holds."""
    with connection.cursor() as cursor:
        counted = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  (names of tables)
            counted[table] = int(cursor.fetchone()[0])
    return counted


def chains(connection: BaseDatabaseWrapper) -> list[Stand]:
    """How far each chain has come, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq, head FROM audit_chain ORDER BY name")
        return sorted(Stand(*row) for row in cursor.fetchall())


def migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """What has been applied to a database."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
