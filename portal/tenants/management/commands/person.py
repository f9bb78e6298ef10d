"""People from the command line, for the first administrator and for forgotten passwords."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from portal.errors import Refused
from portal.graph.clouds import AN_ID
from portal.tenants import actions
from portal.tenants.forms import directories
from portal.tenants.models import Person, Role, Tenant

SERVICE = "command line"


class Command(BaseCommand):
    help = "Add people, give and take roles, make a link to set a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        add = commands.add_parser("add", help="Add a person to a tenant and print their link to set a password.")
        add.add_argument("tenant")
        add.add_argument("email")
        add.add_argument("name")
        add.add_argument("roles", nargs="+", choices=Role.values)
        add.add_argument("--object-id", default="", help="Of the Microsoft account they sign in with.")
        add.add_argument("--directory", default="", help="Id of its directory, where several are let in.")
        role = commands.add_parser("role", help="Give or take a role.")
        role.add_argument("tenant")
        role.add_argument("email")
        role.add_argument("verb", choices=["grant", "revoke"])
        role.add_argument("role", choices=Role.values)
        link = commands.add_parser("link", help="Print a new link to set a password; it works once.")
        link.add_argument("email")
        joined = commands.add_parser(
            "link-microsoft", help="Join an account to a Microsoft account; its password ends."
        )
        joined.add_argument("email")
        joined.add_argument("directory", help="Id of the directory (tenant id).")
        joined.add_argument("object_id", help="Object id of the user in it.")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {
            "add": self._add,
            "role": self._role,
            "link": self._link,
            "link-microsoft": self._link_microsoft,
        }
        try:
            acts[command](**options)
        except Refused as exc:
            raise CommandError(str(exc.sentence)) from exc

    def _add(
        self, tenant: str, email: str, name: str, roles: list[str], object_id: str, directory: str, **_options: Any
    ) -> None:
        try:
            validate_email(email)
        except ValidationError as exc:
            raise CommandError(f"“{email}” is not an e-mail address.") from exc
        wanted = [Role(role) for role in roles]
        account: dict[str, Any] = _account(directory, object_id) if object_id else {}
        person = actions.add_person(_tenant(tenant), email=email, name=name, roles=wanted, service=SERVICE, **account)
        self.stdout.write(f"{person.name} is added.")
        if not person.has_usable_password() and not person.is_of_microsoft:
            self._link(email=email)

    def _role(self, tenant: str, email: str, verb: str, role: str, **_options: Any) -> None:
        act = actions.grant if verb == "grant" else actions.revoke
        act(_person(email), Role(role), tenant=_tenant(tenant), service=SERVICE)
        self.stdout.write("Done.")

    def _link(self, email: str, **_options: Any) -> None:
        path = actions.make_link(_person(email), service=SERVICE)
        self.stdout.write(f"Password to be set at, once: {path}")

    def _link_microsoft(self, email: str, directory: str, object_id: str, **_options: Any) -> None:
        actions.link_microsoft(_person(email), **_account(directory, object_id), service=SERVICE)
        self.stdout.write("Joined. They sign in through Microsoft from now on.")


def _account(directory: str, object_id: str) -> dict[str, Any]:
    """A Microsoft account, of the only directory there is unless one is named. Raises CommandError."""
    known = directories()
    found = directory.lower() or (known[0] if len(known) == 1 else "")
    if found not in known:
        raise CommandError(
            f"Name a directory that is let in (SIGN_IN_DIRECTORIES): {', '.join(known) or 'there is none'}."
        )
    if not AN_ID.fullmatch(object_id.lower()):
        raise CommandError(f"“{object_id}” is no object id. Copy it from Entra.")
    return {"directory_id": found, "object_id": object_id.lower()}


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant “{slug}”. See “manage.py tenant list”.")
    return tenant


def _person(email: str) -> Person:
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        raise CommandError(f"Nobody has the address “{email}”.")
    return person
