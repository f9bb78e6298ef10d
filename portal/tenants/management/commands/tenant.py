"""Tenants from the command line."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from portal.errors import Refused
from portal.graph.clouds import CloudNotOffered, offered
from portal.graph.errors import GraphError
from portal.tenants import actions, graph
from portal.tenants.models import Cloud, Tenant

SERVICE = "command line"


class Command(BaseCommand):
    help = "Add, list and check tenants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        add = commands.add_parser("add", help="Add a tenant.")
        add.add_argument("slug", help="Short name, used in every address.")
        add.add_argument("name")
        add.add_argument("--cloud", default=Cloud.SANDBOX, help=f"One of {', '.join(Cloud.values)}.")
        add.add_argument("--root", default="", help="Where the sandbox answers; only for the sandbox cloud.")
        add.add_argument("--api-version", choices=["v1.0", "beta"], default="v1.0")
        commands.add_parser("list", help="List the tenants.")
        check = commands.add_parser("check", help="Read once from a tenant and say what came back.")
        check.add_argument("slug")
        check.add_argument("--root", default="", help="Ask here instead of at the tenant's own sandbox.")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {"add": self._add, "list": self._list, "check": self._look}
        acts[command](**options)

    def _add(self, slug: str, name: str, cloud: str, root: str, api_version: str, **_options: Any) -> None:
        try:
            known = offered(cloud).value
            tenant = Tenant(slug=slug, name=name, cloud=known, sandbox_root=root, api_version=api_version)
            actions.add_tenant(tenant, service=SERVICE)
        except (ValidationError, CloudNotOffered) as exc:
            raise CommandError(" ".join(getattr(exc, "messages", [str(exc)]))) from exc
        self.stdout.write(f"{name} is added. Its pages are below /t/{slug}/.")

    def _list(self, **_options: Any) -> None:
        for tenant in Tenant.objects.all():
            self.stdout.write(f"{tenant.slug}\t{tenant.name}\t{tenant.get_cloud_display()}\t{tenant.sandbox_root}")

    def _look(self, slug: str, root: str, **_options: Any) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{slug}”. See “manage.py tenant list”.")
        if root:
            tenant.sandbox_root = root  # for this look only, never saved
        try:
            page = next(graph.client(tenant).pages("security/labels/retentionLabels"))
        except (Refused, GraphError, CloudNotOffered) as exc:
            raise CommandError(f"{tenant.name} cannot be read: {exc}") from exc
        self.stdout.write(f"{tenant.name} answers. The first page holds {len(page.items)} retention labels.")
