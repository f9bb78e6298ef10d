"""The demo from the command line; `make run` does the same."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.tenants import demo


class Command(BaseCommand):
    help = "Make the sandbox tenants, and people to try every role with; print who they are and their passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        here = settings.SANDBOX_URL or f"http://127.0.0.1:{settings.SANDBOX_PORT}"
        parser.add_argument("--root", default=here, help=f"Where the sandbox answers ({here}).")
        parser.add_argument("--if-wanted", action="store_true", help="Do nothing where there is no room for a demo.")

    def handle(self, *args: Any, root: str, if_wanted: bool, **options: Any) -> None:
        if demo.is_wanted():
            demo.seed(root)
            self.stdout.write(demo.words())
        elif not if_wanted:
            raise CommandError("The demo is only made on one machine, and never beside a real tenant.")
