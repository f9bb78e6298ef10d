"""The sandbox set-up: two stand-in tenants and six people to try every role with. Never made beside a real tenant.

The stand-in for Microsoft's sign-in knows the same people; with it they come into the same accounts.
"""

import os
import secrets
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db import transaction

from portal.audit import trail
from portal.audit.models import Entry
from portal.sign_in import STAND_IN
from portal.tenants import actions, mappings, microsoft, systems
from portal.tenants.models import Claim, Cloud, Person, Role, Tenant

SERVICE = "demo"
DOMAIN = "harrowvale.example"
TENANTS = {"harrow-vale": "Harrow Vale", "north-quay": "North Quay"}


DIRECTORIES = dict(zip(TENANTS, STAND_IN.directories, strict=True))


class Demo(NamedTuple):
    """Somebody to sign in as."""

    name: str
    email: str
    tenant: str
    roles: tuple[Role, ...]

    @property
    def account(self) -> dict[str, str]:
        """Who they are to the stand-in, which makes its ids in the same way."""
        address = f"https://{self.email.partition('@')[2]}/{self.email}"
        return {"directory_id": DIRECTORIES[self.tenant], "object_id": str(uuid5(NAMESPACE_URL, address))}


PEOPLE = (
    Demo("Ada Ames", f"ada@{DOMAIN}", "harrow-vale", (Role.AUTHOR,)),
    Demo("Ben Birch", f"ben@{DOMAIN}", "harrow-vale", (Role.APPROVER,)),
    Demo("Cleo Cross", f"cleo@{DOMAIN}", "harrow-vale", (Role.APPROVER,)),
    Demo("Dora Dean", f"dora@{DOMAIN}", "harrow-vale", (Role.AUDITOR,)),
    Demo("Eli Earl", f"eli@{DOMAIN}", "harrow-vale", (Role.ADMINISTRATOR,)),
    Demo("Olga Orr", "olga@northquay.example", "north-quay", tuple(Role)),
)


def is_wanted() -> bool:
    """Whether this is a try-out on one machine: no public host, and no tenant that is Microsoft's."""
    return not settings.PRODUCTION and not Tenant.objects.exclude(cloud=Cloud.SANDBOX).exists()


def seed(root: str) -> None:
    """Make what is missing of the demo; its tenants answer at `root`. Doing it again changes nothing."""
    for slug, name in TENANTS.items():
        _tenant(slug, name, root)
    known = passwords()
    for demo in PEOPLE:
        known.setdefault(demo.email, secrets.token_urlsafe(12))
    _keep(known)
    for demo in PEOPLE:
        _person(demo, known[demo.email])
    _system()
    for slug in TENANTS:
        _roles(slug)


def words() -> str:
    """Who can sign in, and how, for whoever started it."""
    if not (settings.SIGN_IN == STAND_IN and microsoft.is_offered()):
        return file().read_text()
    return (
        f"{file().read_text()}\nOr press “Sign in with Microsoft”: a stand-in for it lets them in without a password, "
        "and others of\ntheir directories too, who have no account yet and get the role that the directory gives.\n"
    )


@transaction.atomic
def _roles(slug: str) -> None:
    """The app roles of the directory give the roles of the same name, unless somebody has seen to them."""
    tenant = Tenant.objects.get(slug=slug)
    if settings.SIGN_IN == STAND_IN and not Entry.objects.filter(chain__tenant=tenant, verb="mapping.added").exists():
        for role in Role:
            directory, of_role = DIRECTORIES[slug], Claim.APP_ROLE
            mappings.add(tenant, directory_id=directory, claim=of_role, value=role.value, role=role, service=SERVICE)


@transaction.atomic
def _system() -> None:
    """A system that may report leavers, for whoever makes a key for it."""
    tenant, by = Tenant.objects.get(slug="harrow-vale"), Person.objects.get(email=f"eli@{DOMAIN}")
    if not tenant.systems.exists():
        systems.add(tenant, name="HR core", event_types=["Employee separation"], by=by)


def passwords() -> dict[str, str]:
    """The password of each demo person by address, as kept in the data folder."""
    lines = file().read_text().splitlines() if file().exists() else []
    return dict(line.split(maxsplit=2)[:2] for line in lines)


def file() -> Path:
    """Where addresses and passwords of the demo are kept, readable by their owner only."""
    return Path(settings.DATA_DIR) / "people.txt"


def _keep(known: dict[str, str]) -> None:
    """Write the passwords for their owner's eyes only, all or nothing."""
    draft = file().with_suffix(".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        kept.writelines(f"{demo.email}  {known[demo.email]}  {demo.name}, {_what(demo)}\n" for demo in PEOPLE)
    draft.replace(file())


def _what(demo: Demo) -> str:
    return f"{TENANTS[demo.tenant]}: {', '.join(str(role.label).lower() for role in demo.roles)}"


@transaction.atomic
def _tenant(slug: str, name: str, root: str) -> None:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        tenant = Tenant(slug=slug, name=name, cloud=Cloud.SANDBOX, sandbox_root=root, domains=[DOMAIN])
        actions.add_tenant(tenant, service=SERVICE)
    elif tenant.sandbox_root != root:
        changes = {"sandbox_root": [tenant.sandbox_root, root]}
        Tenant.objects.filter(pk=tenant.pk).update(sandbox_root=root)
        trail.record(tenant, "tenant.moved", service=SERVICE, changes=changes)


@transaction.atomic
def _person(demo: Demo, password: str) -> None:
    """A demo person once made keeps the roles somebody gave them since."""
    person = Person.objects.filter(email=demo.email).first()
    if person is None:
        tenant = Tenant.objects.get(slug=demo.tenant)
        person = actions.add_person(tenant, email=demo.email, name=demo.name, roles=demo.roles, service=SERVICE)
    if not person.has_usable_password():
        person.set_password(password)
        person.save(update_fields=["password"])
        trail.record(person, "person.password_set", service=SERVICE)
    if settings.SIGN_IN == STAND_IN and not person.is_of_microsoft:
        actions.link_microsoft(person, **demo.account, keeps_password=True, service=SERVICE)
