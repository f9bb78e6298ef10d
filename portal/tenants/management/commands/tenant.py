"""Tenants from the command line."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from portal.errors import Refused
from portal.graph.clouds import CloudNotOffered, offered
from portal.graph.errors import GraphError
from portal.graph.identity import Forged, NotSignedIn
from portal.tenants import actions, graph
from portal.tenants.accounts import actions as accounts
from portal.tenants.accounts.asking import sentence
from portal.tenants.accounts.forms import RegistrationForm
from portal.tenants.accounts.token import login_of, wanted
from portal.tenants.models import Account, Cloud, Tenant

SERVICE = "command line"


class Command(BaseCommand):
    help = "Add, list, register, connect and check tenants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        add = commands.add_parser("add", help="Add a tenant.")
        add.add_argument("slug", help="Short name, used in every address.")
        add.add_argument("name")
        add.add_argument("--cloud", default=Cloud.SANDBOX, help=f"One of {', '.join(Cloud.values)}.")
        add.add_argument("--root", default="", help="Where the sandbox answers; only for the sandbox cloud.")
        add.add_argument("--api-version", choices=["v1.0", "beta"], default="v1.0")
        commands.add_parser("list", help="List the tenants.")
        register = commands.add_parser("register", help="Say how the portal is registered in a tenant's directory.")
        register.add_argument("slug")
        register.add_argument("directory", help="Directory (tenant) id.")
        register.add_argument("client", help="Application (client) id.")
        proof = register.add_mutually_exclusive_group()
        proof.add_argument("--secret-file", type=Path, help="Holds the client secret, so that no shell remembers it.")
        proof.add_argument("--pem-file", type=Path, help="Holds a certificate and its private key.")
        register.add_argument("--ends-on", type=date.fromisoformat, help="Last day of the secret: 2027-12-31.")
        connect = commands.add_parser(
            "connect", help="Sign in as the account of a tenant, with a code typed elsewhere."
        )
        connect.add_argument("slug")
        check = commands.add_parser("check", help="Read once from a tenant and say what came back.")
        check.add_argument("slug")
        check.add_argument("--root", default="", help="Ask here instead of at the tenant's own sandbox.")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {
            "add": self._add,
            "list": self._list,
            "check": self._look,
            "register": self._register,
            "connect": self._connect,
        }
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

    def _register(
        self,
        slug: str,
        directory: str,
        client: str,
        secret_file: Path | None,
        pem_file: Path | None,
        ends_on: date | None,
        **_options: Any,
    ) -> None:
        tenant = _tenant(slug)
        typed = {"directory_id": directory, "client_id": client, "ends_on": ends_on}
        account = Account.objects.filter(tenant=tenant).first()
        form = RegistrationForm(typed | _proof(secret_file, pem_file), account=account, needs_proof=False)
        if not form.is_valid():
            raise CommandError(" ".join(str(error) for errors in form.errors.values() for error in errors))
        accounts.register(tenant, **form.given, service=SERVICE)
        self.stdout.write(f"Kept. Sign in with “manage.py tenant connect {slug}”, or in the browser under Connection.")

    def _connect(self, slug: str, **_options: Any) -> None:
        tenant = _tenant(slug)
        try:
            login = login_of(tenant, by_device=True)
            flow = login.begin_device(wanted(tenant))
            self.stdout.write(f"Open {flow['verification_uri']} in any browser and type {flow['user_code']}. Waiting …")
            self.stdout.flush()
            accounts.connect(tenant, login.finish_device(flow), service=SERVICE, by_device=True)
        except (Refused, NotSignedIn, Forged, GraphError) as exc:
            raise CommandError(sentence(exc)) from exc
        username = tenant.account.username
        self.stdout.write(f"Connected. The workers act as {username} from now on.")

    def _look(self, slug: str, root: str, **_options: Any) -> None:
        tenant = _tenant(slug)
        if root:
            tenant.sandbox_root = root  # for this look only, never saved
        try:
            page = next(graph.client(tenant).pages("security/labels/retentionLabels"))
        except (Refused, GraphError, CloudNotOffered) as exc:
            raise CommandError(f"{tenant.name} cannot be read: {exc}") from exc
        self.stdout.write(f"{tenant.name} answers. The first page holds {len(page.items)} retention labels.")


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant “{slug}”. See “manage.py tenant list”.")
    return tenant


def _proof(secret_file: Path | None, pem_file: Path | None) -> dict[str, str]:
    try:
        return {
            "secret": secret_file.read_text().strip() if secret_file else "",
            "pem": pem_file.read_text() if pem_file else "",
        }
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"The file cannot be read: {exc}.") from exc
