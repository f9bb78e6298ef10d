"""What is done to systems that report events, and to their keys. All of it is told in the tenant's chain."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.errors import Invalid
from portal.tenants import clock, keys
from portal.tenants.keys import Shown
from portal.tenants.models import Key, Membership, Person, Role, Scope, System, Tenant

LONGEST = timedelta(days=731)
"""How long a key lasts at most: two years."""

SLOTS = (1, 2)
"""Two keys may be active, so that one can replace the other without a gap."""


@transaction.atomic
def add(tenant: Tenant, *, name: str, event_types: Sequence[str], by: Person) -> System:
    """Let a system report events of these types. Its person is an author and can never sign in or decide.

    Raises Invalid if the tenant has one of that name.
    """
    slug = slugify(name)[:50] or "system"
    _hold(tenant)
    if System.objects.filter(tenant=tenant, slug=slug).exists():
        raise Invalid(_("There is a system of that name already. Choose another name."))
    address = f"{slug}@{tenant.slug}.system.invalid"
    person = Person.objects.create_user(email=address, name=_called(name), is_system=True)
    Membership.objects.create(tenant=tenant, person=person, role=Role.AUTHOR)
    system = System.objects.create(tenant=tenant, name=name, slug=slug, person=person, event_types=[*event_types])
    changes = {"name": ["", name], "event_types": [[], system.event_types]}
    trail.record(system, "system.added", by=by, changes=changes)
    return system


@transaction.atomic
def change(system: System, *, name: str, event_types: Sequence[str], by: Person) -> None:
    """Call it otherwise, or let it report other types. Saving what stands changes nothing."""
    held = System.objects.select_for_update().get(pk=system.pk)
    wanted: dict[str, Any] = {"name": name, "event_types": [*event_types]}
    changes = {field: [getattr(held, field), value] for field, value in wanted.items() if getattr(held, field) != value}
    if changes:
        System.objects.filter(pk=system.pk).update(**wanted)
        Person.objects.filter(pk=system.person_id).update(name=_called(name))
        system.refresh_from_db()
        trail.record(system, "system.changed", by=by, changes=changes)


@transaction.atomic
def close(system: System, *, by: Person) -> None:
    """Take nothing from it any more, at once. Its keys stay, and count again if it is opened."""
    _switch(system, by=by, is_active=False, verb="system.closed")


@transaction.atomic
def reopen(system: System, *, by: Person) -> None:
    """Take what it reports again."""
    _switch(system, by=by, is_active=True, verb="system.opened")


@transaction.atomic
def make_key(system: System, *, scopes: Iterable[Scope], expires_at: datetime, by: Person) -> tuple[Key, Shown]:
    """A new key, with the token and the secret that are never seen again.

    Raises Invalid if it has two active keys, or for an end in the past or more than two years away.
    """
    now = clock.now()
    if not now < expires_at <= now + LONGEST:
        raise Invalid(_("A key ends on a day after today, and within two years. Choose another day."))
    shown = keys.new()
    key = Key.objects.create(
        system=system,
        slot=_free_slot(system, now),
        prefix=shown.prefix,
        token_hash=keys.hashed(shown.token),
        signing_key=keys.hashed(shown.secret),
        scopes=sorted(scope.value for scope in scopes),
        expires_at=expires_at,
    )
    trail.record(key, "key.made", by=by, key=key.prefix, scopes=key.scopes, expires=expires_at.isoformat())
    return key, shown


@transaction.atomic
def revoke_key(key: Key, *, by: Person) -> None:
    """End a key at once. Ending one that has ended changes nothing."""
    if Key.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=Now(), slot=None):
        trail.record(key, "key.revoked", by=by, key=key.prefix)


def _free_slot(system: System, now: datetime) -> int:
    """One of the two places; a key that has run out leaves its own."""
    System.objects.select_for_update().get(pk=system.pk)
    system.keys.filter(expires_at__lte=now).update(slot=None)
    taken = set(system.keys.filter(slot__isnull=False).values_list("slot", flat=True))
    free = [slot for slot in SLOTS if slot not in taken]
    if not free:
        raise Invalid(_("“%(system)s” has two keys. Revoke the one it no longer uses first.") % {"system": system})
    return free[0]


def _switch(system: System, *, by: Person, is_active: bool, verb: str) -> None:
    if System.objects.filter(pk=system.pk, is_active=not is_active).update(is_active=is_active):
        Person.objects.filter(pk=system.person_id).update(is_active=is_active)
        trail.record(system, verb, by=by, changes={"is_active": [not is_active, is_active]})


def _called(name: str) -> str:
    """Its person's name, which says wherever it stands that nobody is behind it."""
    return f"{name} (system)"


def _hold(tenant: Tenant) -> None:
    """Two of one name at the same time queue here."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
