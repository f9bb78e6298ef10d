"""Proves the history.

Exits 0 when every chain holds, 1 naming the first entry that does not, 2 when there is nothing to check.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from portal.audit.models import Chain
from portal.audit.verify import Verdict, lost_chains, verify


class Command(BaseCommand):
    help = "Checks the chain of the history, of one tenant or of all and the portal itself. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "tenant", nargs="?", help="As it stands in the address of its pages. Left out: every chain."
        )

    def handle(self, *args: Any, tenant: str | None = None, **options: Any) -> None:
        try:
            verdicts = [self._told(verdict) for verdict in _verdicts(tenant)]
        except DatabaseError as exc:
            raise CommandError(f"The history cannot be read: {exc}", returncode=2) from exc
        if not all(verdict.is_unbroken for verdict in verdicts):
            sys.exit(1)

    def _told(self, verdict: Verdict) -> Verdict:
        if verdict.is_unbroken:
            signed = f"{verdict.checkpoints} checkpoints"
            self.stdout.write(f"{verdict.chain}: {verdict.count} entries, {signed}, head {verdict.head}")
            for lost in verdict.lost:
                missing = f"Entries {lost.first} to {lost.last} are missing: a backup was restored."
                self.stdout.write(f"{verdict.chain}: {missing} {lost.by} confirmed it at {lost.at}: {lost.reason}")
        else:
            self.stderr.write(f"{verdict.chain}: broken at entry {verdict.broken_at}. {verdict.because}")
        return verdict


def _verdicts(tenant: str | None) -> Iterator[Verdict]:
    """What each chain is worth. Raises CommandError when there is none, so that a misspelt name is no good news."""
    chains = Chain.objects.order_by("pk")
    if tenant is not None:
        chains = chains.filter(tenant__slug=tenant)
    lost = [] if tenant else lost_chains()
    if not chains and not lost:
        missing = f"There is no history of “{tenant}”." if tenant else "There is no history yet."
        raise CommandError(missing, returncode=2)
    yield from map(verify, chains)
    yield from lost
