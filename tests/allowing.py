"""Standing approvals as an author would draft them, and systems that report events."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from events.models import StandingApproval
from events.standing.document import blank
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest
from portal.changes.objects import Wanted
from portal.mirror.kinds import Action, Document
from portal.tenants.models import Person, Role, System, Tenant
from tests.changing import submitted
from tests.factories import make_person
from tests.happening import event

COVERED = "Departure 4711 2026-10-31"
"""The name of the event that `event` makes, as the template below wants it."""


def standing(name: str = "Leavers from HR", **fields: Any) -> Document:
    said = {
        "displayName": name,
        "source": "hr-core",
        "event_type": "Employee separation",
        "name_template": "Departure {asset_id} {day}",
        "query_kinds": ["files", "messages"],
        "asset_id_characters": "digits",
        "asset_id_shortest": 4,
        "asset_id_longest": 8,
        "expires_on": (timezone.now().date() + timedelta(days=200)).isoformat(),
        "most_per_day": 50,
    }
    return {**blank(), **said, **fields}


def allowed(document: Document | None = None) -> Wanted:
    return Wanted("standingApproval", Action.CREATE, None, document or standing())


def in_force(tenant: Tenant, author: Person, approvers: Sequence[Person], **fields: Any) -> StandingApproval:
    """One that was drafted, submitted and approved."""
    request = submitted(tenant, author, allowed(standing(**fields)))
    for person in approvers:
        actions.approve(request, by=person, content_hash=request.content_hash)
    return StandingApproval.objects.get(graph_id=request.changes.get().target)


def request_of(row: StandingApproval) -> ChangeRequest:
    return Change.objects.get(kind=row.kind, target=row.graph_id).request


def covered(**said: Any) -> Document:
    """An event that such a standing approval covers."""
    return event(COVERED, **said)


def make_system(tenant: Tenant, slug: str = "hr-core") -> System:
    """A system that reports events."""
    person = make_person(Role.AUTHOR, tenant=tenant, name=slug, is_system=True)
    return System.objects.create(
        tenant=tenant, name=slug, slug=slug, person=person, event_types=["Employee separation"]
    )


def said_of_a_standing_approval(name: str = "Leavers from HR", **fields: Any) -> dict[str, Any]:
    """What a browser sends of the form that is filled in well."""
    kept = standing(name)
    return {**{key: value for key, value in kept.items() if value}, "reason": "Too many to press.", **fields}
