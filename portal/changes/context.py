"""What the frame around every page shows: the tenant, what waits, how old the mirror is. Read only when it is drawn."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from portal.changes import queries
from portal.changes.impact import LABEL
from portal.mirror import kinds
from portal.mirror.queries import Pulse
from portal.tenants.access import tenants_of
from portal.tenants.models import Person, Tenant


@dataclass(frozen=True)
class Nav:
    """Counts beside the entries of the side navigation."""

    tenant: Tenant
    person: Person

    @cached_property
    def desk(self) -> int:
        """What waits for this person here."""
        return queries.waiting_for(self.person, [self.tenant]).count()

    @cached_property
    def labels(self) -> int:
        """Labels the tenant was last seen to hold."""
        return kinds.of(LABEL).rows(self.tenant).here().count()

    @cached_property
    def changes(self) -> int:
        """Requests that are not over."""
        return queries.open_requests(self.tenant).count()


def frame(request: HttpRequest) -> dict[str, Any]:
    """For base.html. Nothing but the look for people who are not signed in."""
    look = {
        "theme": request.COOKIES.get("theme") if request.COOKIES.get("theme") in {"light", "dark"} else "",
        "keys_off": request.COOKIES.get("keys") == "off",
    }
    person: Person | None = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return look
    tenant: Tenant | None = getattr(request, "tenant", None)
    held = {role.value for role in getattr(request, "roles", ())}
    return look | {
        "tenant": tenant,
        "roles": held,
        "tenants": tenants_of(person),
        "nav": Nav(tenant, person) if tenant else None,
        "mirror": Pulse(tenant) if tenant else None,
    }
