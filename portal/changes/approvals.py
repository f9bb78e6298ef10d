"""Whether a request was approved: by enough people who wrote no part of it, or in advance by a standing approval."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from portal.audit import canonical
from portal.changes.content import content_hash
from portal.changes.models import Change, ChangeRequest, Decision, Hand, Part, State, Verdict
from portal.mirror.kinds import Action, Advance, Document
from portal.tenants import clock
from portal.tenants.access import roles_of
from portal.tenants.models import Role, System

Given = tuple[Advance, Document]


class Unapproved(Exception):
    """What is about to be sent is not what was approved. Nothing is sent."""


class Uncovered(Unapproved):
    """The standing approval it was released under does not speak for it, or no longer: a person has to decide."""


def approvals(change_request: ChangeRequest) -> list[Decision]:
    """The approvals that count: of exactly the current content, by people who wrote no part of it (VR-74)."""
    signed = change_request.decisions.filter(verdict=Verdict.APPROVE, content_hash=change_request.content_hash)
    writers = change_request.hands.filter(part=Part.WROTE).values("person")
    return list(signed.exclude(by__in=writers).select_related("by"))


def approvals_missing(change_request: ChangeRequest) -> int:
    """How many more approvals the request needs."""
    return max(0, change_request.approvals_wanted - len(approvals(change_request)))


def must_be_approved(change: Change) -> None:
    """The request of a change is approved as it is stored, by enough people or in advance (G1). Raises Unapproved."""
    request_must_be_approved(change.request_id)


def request_must_be_approved(pk: int) -> None:
    """Read a request again and see. Raises Unapproved."""
    requests = ChangeRequest.objects.select_related("tenant", "author", "under__tenant").prefetch_related("changes")
    request = requests.get(pk=pk)
    if not _is_as_approved(request):
        raise Unapproved(_("What is stored is not what was approved."))
    if request.under is not None:
        _must_be_covered(request, request.under)
    elif approvals_missing(request):
        raise Unapproved(_("It does not have the approvals it needs."))


def why_uncovered(request: ChangeRequest) -> str:
    """Why the standing approval that a request was released under does not speak for it now; empty if it does."""
    try:
        request_must_be_approved(request.pk)
    except Uncovered as exc:
        return str(exc)
    except Unapproved:
        return ""
    return ""


def given_by(under: ChangeRequest) -> list[Given]:
    """What a request approves in advance and that still stands, whatever the day."""
    changes = [change for change in under.changes.all() if change.of.advance and change.action == Action.CREATE]
    return [(change.of.advance, change.after or {}) for change in changes if change.of.advance and _stands(change)]


def _is_as_approved(request: ChangeRequest) -> bool:
    return request.state == State.APPROVED and content_hash(request) == request.content_hash


def _must_be_covered(request: ChangeRequest, under: ChangeRequest) -> None:
    """S27: what was cited is approved as it was then, stands today, is for this system, and covers every part."""
    if under.tenant_id != request.tenant_id or under.content_hash != request.under_hash:
        raise Uncovered(_("The standing approval it was released under is another one. Decide on it by hand."))
    if not _is_as_approved(under) or approvals_missing(under):
        raise Uncovered(_("The standing approval it was released under was not approved. Decide on it by hand."))
    own = [one for one in _in_force(under) if one[0].source(one[1]) == request.under_source]
    if not own or not _is_of_its_source(request):
        raise Uncovered(_("The standing approval it was released under is for another system. Decide on it by hand."))
    if request.is_irreversible or not any(_covers(one, request.changes.all()) for one in own):
        raise Uncovered(_("The standing approval it was released under does not cover it. Decide on it by hand."))


def _in_force(under: ChangeRequest) -> list[Given]:
    """What it approves in advance today. Raises Uncovered if that is nothing."""
    given, today = given_by(under), clock.now().date()
    if not given:
        raise Uncovered(_("The standing approval it was released under was withdrawn. Decide on it by hand."))
    lasting = [one for one in given if (day := one[0].last_day(one[1])) is not None and day >= today]
    if not lasting:
        raise Uncovered(_("The standing approval it was released under has expired. Decide on it by hand."))
    return lasting


def _stands(change: Change) -> bool:
    """Whether what a change created is kept as it was approved."""
    kept = change.of.rows(change.request.tenant).here().filter(graph_id=change.target)
    return kept.filter(agreed_hash=canonical.sha256(change.after)).exists()


def _is_of_its_source(request: ChangeRequest) -> bool:
    """Whether the system that asked for it wrote it alone, and may still ask."""
    writers = Hand.objects.filter(request=request, part=Part.WROTE).values_list("person", flat=True)
    asks = System.objects.filter(tenant=request.tenant, slug=request.under_source, is_active=True)
    is_its_own = asks.filter(person=request.author_id).exists() and set(writers) == {request.author_id}
    return is_its_own and Role.AUTHOR in roles_of(request.author, request.tenant)


def _covers(given: Given, changes: Iterable[Change]) -> bool:
    parts = list(changes)
    firsts = {change.marker: change.after or {} for change in parts if change.marker}
    return bool(parts) and all(_covers_part(given, change, firsts) for change in parts)


def _covers_part(given: Given, change: Change, firsts: dict[str, Document]) -> bool:
    """Whether it covers one creation; of a repetition also the first, which has to be in the same request."""
    advance, agreed = given
    if change.action != Action.CREATE or not change.of.once:
        return False
    first = (firsts.get(change.case) or {}) if change.is_follow_up else None
    return advance.covers(agreed, change.after or {}, first)
