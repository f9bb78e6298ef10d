"""Proves a backup, or fills an empty database with it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from portal.backup import keeping
from portal.backup.manifest import Unusable


class Command(BaseCommand):
    help = (
        "Fills the empty database of the settings with a backup. Nothing is sent from it until a complete sync has "
        "read the tenant and an administrator has confirmed what was lost. With --verify nothing is touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="What `backup --out` wrote.")
        parser.add_argument("--verify", action="store_true", help="Only prove the backup.")

    def handle(self, *args: Any, folder: Path, verify: bool, **options: Any) -> None:
        try:
            self._verify(folder) if verify else self._restore(folder)
        except (Unusable, OSError) as exc:
            raise CommandError(str(exc)) from exc
        except DatabaseError as exc:
            raise CommandError(f"The database says: {exc}") from exc

    def _verify(self, folder: Path) -> None:
        proof = keeping.prove(folder)
        self.stdout.write(f"{folder}: of {proof.manifest.time}, size and SHA-256 as written.")
        if proof.is_loaded:
            rows, chains = sum(proof.manifest.rows.values()), len(proof.manifest.chains)
            self.stdout.write(f"Loaded aside: {rows} rows as counted then, {chains} chains hold.")
        else:
            self.stdout.write(
                "Not loaded, so rows and chains were not checked: the role that owns the tables may make no"
            )
            self.stdout.write("database. Let it (ALTER ROLE ... CREATEDB), then verify again.")

    def _restore(self, folder: Path) -> None:
        kept = keeping.restore(folder)
        self.stdout.write(
            f"Restored as of {kept.time}: {sum(kept.rows.values())} rows, {len(kept.chains)} chains hold."
        )
        self.stdout.write(
            "Nothing is sent, and the API takes nothing, until a complete sync has read each tenant and an"
        )
        self.stdout.write("administrator has confirmed on its page “Restored backup” what was lost.")
