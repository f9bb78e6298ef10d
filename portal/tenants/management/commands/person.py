"""People from the command line, for the first administrator and for forgotten passwords."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from portal.errors import Refused
from portal.tenants import actions
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
        role = commands.add_parser("role", help="Give or take a role.")
        role.add_argument("tenant")
        role.add_argument("email")
        role.add_argument("verb", choices=["grant", "revoke"])
        role.add_argument("role", choices=Role.values)
        link = commands.add_parser("link", help="Print a new link to set a password; it works once.")
        link.add_argument("email")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {"add": self._add, "role": self._role, "link": self._link}
        try:
            acts[command](**options)
        except Refused as exc:
            raise CommandError(str(exc.sentence)) from exc

    def _add(self, tenant: str, email: str, name: str, roles: list[str], **_options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as exc:
            raise CommandError(f"“{email}” is not an e-mail address.") from exc
        wanted = [Role(role) for role in roles]
        person = actions.add_person(_tenant(tenant), email=email, name=name, roles=wanted, service=SERVICE)
        self.stdout.write(f"{person.name} is added.")
        if not person.has_usable_password():
            self._link(email=email)

    def _role(self, tenant: str, email: str, verb: str, role: str, **_options: Any) -> None:
        act = actions.grant if verb == "grant" else actions.revoke
        act(_person(email), Role(role), tenant=_tenant(tenant), service=SERVICE)
        self.stdout.write("Done.")

    def _link(self, email: str, **_options: Any) -> None:
        path = actions.make_link(_person(email), service=SERVICE)
        self.stdout.write(f"Password to be set at, once: {path}")


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
