"""Releasing what a standing approval covers: two approved it in advance, for one system and one pattern (S27)."""

from datetime import UTC, datetime, time
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.changes import approvals
from portal.changes.actions import hold, move
from portal.changes.models import Change, ChangeRequest, State
from portal.changes.releasing import release
from portal.doorbell import ring
from portal.errors import Invalid
from portal.tenants import clock
from portal.tenants.models import Person


@transaction.atomic
def release_under(change_request: ChangeRequest, *, under: ChangeRequest, source: str, by: Person) -> None:
    """Release a request in review that `under` approved in advance for the system `source`; `by` is who it writes as.

    Raises Invalid if `under` does not cover every part of it or was used up today, Stale if it is not in review.
    """
    hold(change_request, state=State.IN_REVIEW, content_hash=change_request.content_hash)
    if change_request.author_id != by.pk:
        raise Invalid(_("Another system wrote it. Decide on it by hand."))
    cited = {"under": under, "under_hash": under.content_hash, "under_source": source}
    ChangeRequest.objects.filter(pk=change_request.pk).update(**cited)
    move(change_request, source=State.IN_REVIEW, target=State.APPROVED)
    try:
        approvals.request_must_be_approved(change_request.pk)
    except approvals.Unapproved as exc:
        raise Invalid(str(exc)) from exc
    _keep_to_the_day(under, source)
    release(change_request, by=by)
    trail.record(
        change_request,
        "request.released_under",
        by=by,
        content=change_request.content_hash,
        version=change_request.version,
        standing=under.number,
        standing_content=under.content_hash,
        system=source,
    )
    transaction.on_commit(partial(ring, change_request.tenant_id), robust=True)


def _keep_to_the_day(under: ChangeRequest, source: str) -> None:
    """Count what was released today, this included, while nobody else can. Raises Invalid above what is allowed."""
    hold(under, state=State.APPROVED, content_hash=under.content_hash)
    most = max(
        advance.most(agreed) for advance, agreed in approvals.given_by(under) if advance.source(agreed) == source
    )
    if released_today(under) > most:
        raise Invalid(_("The standing approval allows no more events today. Decide on it by hand."))


def released_today(under: ChangeRequest) -> int:
    """How many events were released under it on this day, in UTC; what repeats one is not counted again."""
    midnight = datetime.combine(clock.now().date(), time(), UTC)
    made = Change.objects.filter(request__under=under, request__closed_at__gte=midnight, marker__isnull=False)
    return made.filter(case=F("marker")).count()
