"""Making a backup, proving it, and bringing it back."""

from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.audit import restored, trail
from portal.audit.models import Chain
from portal.audit.verify import verify
from portal.backup import manifest, postgresql, sqlite
from portal.backup.manifest import Manifest, Unusable
from portal.tenants import clock

SERVICE = "command line"


class Proof(NamedTuple):
    """What of a backup was checked. `is_loaded`: not only its files, but also what they hold."""

    manifest: Manifest
    is_loaded: bool


def backup(out: Path) -> Manifest:
    """Write a consistent copy of the database and its manifest into a folder that is new or empty.

    Others go on working meanwhile. Told in the portal's chain before, so that the copy tells of itself. Raises
    Unusable, OSError.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise Unusable(f"{out} is not empty. Name a folder that does not exist yet.")
    with transaction.atomic():
        trail.record(trail.ThePortal(), "backup.made", service=SERVICE)
    time = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    engine = _engine()
    with engine.dumped(owner(), out) as copied:
        copy = out / engine.FILE
        made = Manifest(
            format=manifest.FORMAT,
            fileplan=version(),
            engine=copied.vendor,
            time=time,
            file=copy.name,
            sha256=manifest.sha256(copy),
            bytes=copy.stat().st_size,
            rows=manifest.rows(copied),
            chains=manifest.chains(copied),
            migrations=manifest.migrations(copied),
        )
    made.write(out)
    return made


def prove(folder: Path) -> Proof:
    """Check a backup without touching anything: its file, and what a database made of it holds. Raises Unusable."""
    kept = manifest.read(folder)
    kept.check_file(folder)
    kept.check_version(owner())
    copy = folder / kept.file
    try:
        with _engine().scratch(owner(), copy) as proof:
            kept.check_rows(proof)
            _check_chains(proof.alias)
    except postgresql.NoScratch:
        postgresql.listed(copy)
        return Proof(kept, is_loaded=False)
    return Proof(kept, is_loaded=True)


def restore(folder: Path) -> Manifest:
    """Fill the empty database of the settings with a backup, bring it to this version, check it and hold it.

    Raises Unusable, before anything is touched if the database holds a table.
    """
    kept = manifest.read(folder)
    kept.check_file(folder)
    kept.check_version(owner())
    if owner().introspection.table_names():
        raise Unusable("The database is not empty. Restore into a new one, and keep this one until all is well.")
    _engine().load(owner(), folder / kept.file)
    kept.check_rows(owner())
    call_command("migrate", interactive=False, verbosity=0)
    _check_chains("default")
    restored.mark()
    return kept


def owner() -> BaseDatabaseWrapper:
    """The connection of who owns the tables."""
    return connections["owner" if "owner" in connections else "default"]


def version() -> str:
    """Of this Fileplan."""
    try:
        return metadata.version("fileplan")
    except metadata.PackageNotFoundError:
        return "unreleased"


def _check_chains(database: str) -> None:
    for chain in Chain.objects.using(database).order_by("pk"):
        verdict = verify(chain, is_copy=True)
        if not verdict.is_unbroken:
            raise Unusable(f"The history {verdict.chain} is broken at entry {verdict.broken_at}. {verdict.because}")


def _engine() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite
