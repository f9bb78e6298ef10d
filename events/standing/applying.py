"""Releasing what a system asked for, where two people approved it in advance."""

from django.db import transaction

from events.standing import queries
from portal.changes.models import ChangeRequest, State
from portal.changes.standing import release_under
from portal.errors import Invalid
from portal.tenants.models import System


@transaction.atomic
def apply(change_request: ChangeRequest, system: System) -> bool:
    """Release a request in review, made by that system, under a standing approval that covers every part of it.

    True if it did; otherwise it waits for a person. Call it in the transaction that submitted the request.
    """
    if change_request.state != State.IN_REVIEW or change_request.author_id != system.person.pk:
        return False
    for under in queries.in_force(change_request.tenant, system.slug):
        try:
            release_under(change_request, under=under, source=system.slug, by=system.person)
        except Invalid:  # it is about other events, or used up: the next one may fit
            continue
        return True
    change_request.refresh_from_db()
    return False
