"""Writes a consistent copy of the database, while everything goes on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.backup import keeping
from portal.backup.manifest import Unusable


class Command(BaseCommand):
    help = (
        "Writes a consistent copy of the database with a manifest to a new folder. Secrets and the checkpoint folder "
        "are not in it: keep them apart (docs/production.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="Does not exist yet, or is empty.")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        try:
            made = keeping.backup(out)
        except (Unusable, OSError) as exc:
            raise CommandError(f"No backup was made. {exc}") from exc
        self.stdout.write(f"{out / made.file}: {made.bytes} bytes, {sum(made.rows.values())} rows")
        for chain in made.chains:
            self.stdout.write(f"{chain.name}: {chain.seq} entries, head {chain.head}")
