"""What the frame around every page shows: the tenant, what waits, how old the mirror is. Read only when it is drawn."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal.audit import restored
from portal.audit.checks import broken_at
from portal.changes import queries
from portal.changes.drift import cases
from portal.changes.impact import LABEL
from portal.mirror import kinds
from portal.mirror.queries import Pulse
from portal.tenants.access import tenants_of
from portal.tenants.counting import counted
from portal.tenants.models import Person, Role, Tenant

WATCHERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Nav:
    """Counts beside the entries of the side navigation."""

    tenant: Tenant
    person: Person

    @cached_property
    def counts(self) -> dict[str, int]:
        """What waits for this person here, the labels the tenant was last seen to hold, the requests that are not over,
        and the objects that are not as they were agreed."""
        return counted(
            self.tenant,
            desk=queries.waiting_for(self.person, [self.tenant]),
            labels=kinds.of(LABEL).rows(self.tenant).here(),
            changes=queries.open_requests(self.tenant),
            drift=cases.listed(self.tenant),
        )


@dataclass(frozen=True)
class Broken:
    """A tenant whose history did not hold when it was last checked, and the first entry that does not."""

    tenant: Tenant
    entry: int


def broken(person: Person, tenant: Tenant | None, roles: Collection[Role]) -> Iterator[Broken]:
    """The broken histories of a page's tenant, or of all where there is none, that this person is to know of."""
    everywhere = Tenant.objects.filter(memberships__person=person, memberships__role__in=WATCHERS).distinct()
    for one in everywhere if tenant is None else [tenant] if not WATCHERS.isdisjoint(roles) else []:
        if entry := broken_at(one.subject):
            yield Broken(one, entry)


def held_by_restore(person: Person, tenant: Tenant | None) -> list[Tenant]:
    """The page's tenant, or of all of a person's where there is none, those that a restored backup holds."""
    return [one for one in ([tenant] if tenant else tenants_of(person)) if restored.pending(one) is not None]


def frame(request: HttpRequest) -> dict[str, Any]:
    """For base.html. Nothing but the look for people who are not signed in."""
    theme, keys = (request.COOKIES.get(settings.LOOK_COOKIES + name) for name in ("theme", "keys"))
    look = {"theme": theme if theme in {"light", "dark"} else "", "keys_off": keys == "off"}
    person: Person | None = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return look
    tenant: Tenant | None = getattr(request, "tenant", None)
    roles: frozenset[Role] = getattr(request, "roles", frozenset())
    return look | {
        "tenant": tenant,
        "roles": {role.value for role in roles},
        "tenants": tenants_of(person),
        "nav": Nav(tenant, person) if tenant else None,
        "mirror": Pulse(tenant) if tenant else None,
        "broken": partial(broken, person, tenant, roles),
        "held_by_restore": partial(held_by_restore, person, tenant),
    }
