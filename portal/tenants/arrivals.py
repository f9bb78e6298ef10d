"""Somebody comes in through Microsoft: who they are here, and which roles their directory gives them (S4, S5, S8)."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from portal.audit import trail
from portal.graph.identity import Claims
from portal.tenants import actions
from portal.tenants.models import Claim, Membership, Person, Role, RoleMapping, Source, Tenant

Place = tuple[int, str]
"""A tenant's key, and a role there."""


class Arrival(NamedTuple):
    """Who came in, or why nobody did: a word of refusals.py."""

    person: Person | None
    refused: str = ""
    hides_groups: bool = False
    """Whether roles of groups had to be left out, because Microsoft names none of too many."""


class Shift(NamedTuple):
    """One role that comes or goes, as its tenant's history tells it."""

    tenant: Tenant
    verb: str
    changes: dict[str, list[Any]]
    because: str


@transaction.atomic
def arrive(claims: Claims) -> Arrival:
    """Find or make the person of proved claims, and bring the roles that their directory gives in line.

    A person is found by directory and object id and by nothing else: who has the address of somebody else is not
    joined to them. They are made when a mapping gives them a role. Refused are the closed, and those without any role.
    """
    person = Person.objects.select_for_update().filter(**_account(claims)).first()
    if person is not None and not person.is_active:
        return _refused("disabled", person, claims)
    given = _given(claims)
    is_new = person is None
    if person is None:
        if not given:
            return _refused("no_role", None, claims)
        person = _made(claims)
        if person is None:
            return _refused("address_taken", None, claims)
    shifts = _bring_in_line(person, given)
    told = {} if is_new else _follow(person, claims)
    if not person.memberships.exists():
        arrival = _refused("no_role", person, claims)
    else:
        arrival = Arrival(person, hides_groups=not claims.tells_groups)
        _note(person, claims, is_new=is_new, told=told)
    for shift in shifts:
        about = actions.here(person, shift.tenant)
        trail.record(about, shift.verb, service="sign-in", changes=shift.changes, because=shift.because)
    return arrival


def name_of(claims: Claims) -> str:
    """The name in the directory as it may stand on a page, at most 120 characters, or the user name."""
    return _clean(claims.name)[:120] or _clean(claims.username)[:120] or claims.object_id


def address_of(claims: Claims) -> str:
    """The user name where it is an address, else one that nobody has and no mail reaches."""
    found = _clean(claims.username)
    try:
        validate_email(found)
    except ValidationError:
        found = ""
    return found if 0 < len(found) <= 254 else f"{claims.object_id}@{claims.directory}.invalid"


def _made(claims: Claims) -> Person | None:
    """An account for them; None where somebody else has their address. Two tabs at the same time make one."""
    try:
        with transaction.atomic():
            return Person.objects.create_user(email=address_of(claims), name=name_of(claims), **_account(claims))
    except IntegrityError:
        return Person.objects.filter(**_account(claims)).first()


def _account(claims: Claims) -> dict[str, str]:
    return {"directory_id": claims.directory, "object_id": claims.object_id}


def _clean(text: str) -> str:
    """Without what no name has: control and direction characters, halves of characters, runs of spaces."""
    kept = "".join(" " if char.isspace() else char for char in text if char.isspace() or not _is_odd(char))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _is_odd(char: str) -> bool:
    return unicodedata.category(char).startswith("C")


def _refused(reason: str, person: Person | None, claims: Claims) -> Arrival:
    """Nobody comes in, and the history says why; of a stranger it keeps nothing."""
    if reason == "no_role" and not claims.tells_groups:
        reason = "no_role_of_group"
    actions.note_refusal(person, because=reason)
    return Arrival(None, reason, hides_groups=not claims.tells_groups)


def _given(claims: Claims) -> dict[Place, RoleMapping]:
    """The roles that the mappings give for these claims. Of somebody in too many groups, none is given for a group."""
    groups = {group.lower() for group in claims.groups} if claims.tells_groups else set()
    known: dict[str, Iterable[str]] = {Claim.APP_ROLE: claims.roles, Claim.GROUP: groups}
    given: dict[Place, RoleMapping] = {}
    for mapping in RoleMapping.objects.filter(directory_id=claims.directory).order_by("pk"):
        if mapping.value in known[mapping.claim]:
            given.setdefault((mapping.tenant_id, mapping.role), mapping)
    return given


def _bring_in_line(person: Person, given: dict[Place, RoleMapping]) -> list[Shift]:
    """What comes and goes, tenant by tenant in one order. What is given by hand stays as it is.

    The only administrator of a tenant stays one: it would be nobody's.
    """
    from_there = person.memberships.exclude(source=Source.HAND).values_list("tenant", flat=True)
    concerned = {*from_there, *(tenant for tenant, _role in given)}
    tenants = {tenant.pk: tenant for tenant in _held(concerned)}
    held = {(one.tenant_id, one.role): one for one in person.memberships.all()}
    shifts = [_come(person, tenants[place[0]], mapping, held.get(place)) for place, mapping in sorted(given.items())]
    gone = [one for place, one in sorted(held.items()) if one.source != Source.HAND and place not in given]
    shifts += [_go(tenants[one.tenant_id], one) for one in gone]
    return sorted((shift for shift in shifts if shift), key=lambda shift: shift.tenant.pk)


def _held(tenants: Iterable[int]) -> Iterable[Tenant]:
    return Tenant.objects.select_for_update().filter(pk__in=tenants).order_by("pk")


def _come(person: Person, tenant: Tenant, mapping: RoleMapping, held: Membership | None) -> Shift | None:
    if held is None:
        Membership.objects.create(
            tenant=tenant, person=person, role=mapping.role, source=Source.DIRECTORY, mapping=mapping
        )
        return Shift(tenant, "role.granted", {"role": [None, mapping.role]}, str(mapping))
    if held.source != Source.HAND and held.mapping_id != mapping.pk:
        Membership.objects.filter(pk=held.pk).update(source=Source.DIRECTORY, mapping=mapping)
    return None


def _go(tenant: Tenant, held: Membership) -> Shift | None:
    because = str(held.mapping or "")
    if held.role == Role.ADMINISTRATOR and actions.is_only_administrator(tenant, held.person):
        if held.source == Source.KEPT:
            return None
        Membership.objects.filter(pk=held.pk).update(source=Source.KEPT, mapping=None)
        return Shift(tenant, "role.kept", {"source": [held.source, Source.KEPT.value]}, because)
    held.delete()
    return Shift(tenant, "role.revoked", {"role": [held.role, None]}, because)


def _follow(person: Person, claims: Claims) -> dict[str, list[str]]:
    """Take over a new name, and a new address that nobody else has. Returns what the history tells: only the name."""
    before, name, address = person.name, name_of(claims), address_of(claims)
    is_taken = Person.objects.filter(email__iexact=address).exclude(pk=person.pk).exists()
    person.name, person.email = name, person.email if is_taken else address
    person.save(update_fields=["name", "email"])
    return {"name": [before, name]} if name != before else {}


def _note(person: Person, claims: Claims, *, is_new: bool, told: dict[str, list[str]]) -> None:
    if is_new:
        trail.record(person, "person.added", service="sign-in", new_account=True)
    if told:
        trail.record(person, "person.renamed", service="sign-in", changes=told)
    at = claims.signed_in_at
    told_at = datetime.fromtimestamp(at, UTC).isoformat() if at is not None else ""
    factors = sorted(map(_clean, claims.methods))
    trail.record(person, "person.signed_in", by=person, method="microsoft", amr=factors, auth_time=told_at)
