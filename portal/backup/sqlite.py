"""SQLite: copied through its own backup API, while others go on writing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from django.db.backends.base.base import BaseDatabaseWrapper

from portal.backup.scratch import opened

FILE = "fileplan.sqlite3"


@contextmanager
def dumped(connection: BaseDatabaseWrapper, folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """Copy the database into the folder; yields a connection that sees exactly what was copied."""
    copy = folder / FILE
    copy.touch(mode=0o600)
    _copy(Path(str(connection.settings_dict["NAME"])), copy)
    # Only read: what an ordinary connection sets would change the file.
    with opened(connection, {"NAME": f"file:{quote(str(copy))}?mode=ro", "OPTIONS": {}}) as same:
        yield same


@contextmanager
def scratch(connection: BaseDatabaseWrapper, copy: Path) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, made of the copy and gone afterwards."""
    with TemporaryDirectory(prefix="fileplan-") as name:
        file = Path(name) / FILE
        _copy(copy, file)
        with opened(connection, {"NAME": str(file)}) as proof:
            yield proof


def load(connection: BaseDatabaseWrapper, copy: Path) -> None:
    """Fill an empty database with the copy: written aside, it appears whole or not at all."""
    target = Path(str(connection.settings_dict["NAME"]))
    connection.close()
    draft = target.with_name(f"{target.name}.restoring")
    draft.unlink(missing_ok=True)
    _copy(copy, draft)
    for ending in ("-wal", "-shm"):  # of the empty database that stands there
        target.with_name(target.name + ending).unlink(missing_ok=True)
    os.replace(draft, target)


def _copy(source: Path, target: Path) -> None:
    """Consistent, in one file, on the disk when this returns."""
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    with target.open("rb") as file:
        os.fsync(file.fileno())
