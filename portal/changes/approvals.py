"""Whether a change was approved: by enough people who wrote no part of it."""

from django.utils.translation import gettext as _

from portal.changes.content import content_hash
from portal.changes.models import Change, ChangeRequest, Decision, Part, State, Verdict


class Unapproved(Exception):
    """What is about to be sent is not what was approved. Nothing is sent."""


def approvals(change_request: ChangeRequest) -> list[Decision]:
    """The approvals that count: of exactly the current content, by people who wrote no part of it (VR-74)."""
    signed = change_request.decisions.filter(verdict=Verdict.APPROVE, content_hash=change_request.content_hash)
    writers = change_request.hands.filter(part=Part.WROTE).values("person")
    return list(signed.exclude(by__in=writers).select_related("by"))


def approvals_missing(change_request: ChangeRequest) -> int:
    """How many more approvals the request needs."""
    return max(0, change_request.approvals_wanted - len(approvals(change_request)))


def must_be_approved(change: Change) -> None:
    """Read the request again: approved, by enough people, with the content that is stored (G1). Raises Unapproved."""
    request = ChangeRequest.objects.select_related("tenant").prefetch_related("changes").get(pk=change.request_id)
    if request.state != State.APPROVED or content_hash(request) != request.content_hash:
        raise Unapproved(_("What is stored is not what was approved."))
    if approvals_missing(request):
        raise Unapproved(_("It does not have the approvals it needs."))
