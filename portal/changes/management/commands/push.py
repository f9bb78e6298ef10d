"""Send what is due from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.changes import push
from portal.changes.management.chosen import chosen
from portal.changes.models import UNFINISHED, Change


class Command(BaseCommand):
    help = "Send what is approved and due for a tenant; for every tenant when none is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", nargs="?", help="Short name of the tenant.")

    def handle(self, *args: Any, tenant: str | None, **options: Any) -> None:
        for one in chosen(tenant):
            push.drain(one.pk)
            left = Change.objects.filter(request__tenant=one, push__in=UNFINISHED).count()
            self.stdout.write(f"{one}: {left} still on the way.")
