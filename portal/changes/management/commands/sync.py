"""Bring mirrors up to date from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.changes.management.chosen import chosen
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause, RunState
from portal.tenants import connection
from portal.tenants.models import Tenant


def why_not(tenant: Tenant) -> str:
    """Why no run was begun."""
    until = connection.waits_until(tenant)
    return f"not to be asked before {until:%H:%M:%S} UTC." if until else "another run is under way."


class Command(BaseCommand):
    help = "List a tenant completely and write its mirror; every tenant when none is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", nargs="?", help="Short name of the tenant.")

    def handle(self, *args: Any, tenant: str | None, **options: Any) -> None:
        incomplete = False
        for one in chosen(tenant):
            run = synchronise(one, cause=Cause.COMMAND)
            if run is None:
                self.stdout.write(f"{one}: {why_not(one)}")
                continue
            incomplete = incomplete or run.state != RunState.COMPLETE
            self.stdout.write(
                f"{one}: {run.get_state_display().lower()}, {run.listed} objects, {run.created} new, "
                f"{run.changed} changed, {run.gone} gone. {run.message}".strip()
            )
        if incomplete:
            raise CommandError("A mirror is not up to date.")
