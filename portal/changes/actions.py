"""What people do with change requests. One function, one transaction, one entry, and the entry is the last write."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit import trail
from portal.changes import drafting
from portal.changes.approvals import approvals_missing
from portal.changes.content import news, places
from portal.changes.models import (
    Change,
    ChangeRequest,
    Decision,
    Hand,
    Part,
    State,
    Verdict,
)
from portal.changes.objects import ChangedObject, Key, Wanted, objects_of
from portal.changes.queries import overtaken
from portal.changes.releasing import release
from portal.changes.threeway import changed_fields
from portal.doorbell import ring
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.kinds import Action, Level
from portal.tenants import clock
from portal.tenants.access import people_with, roles_of
from portal.tenants.models import Person, Role, Tenant
from portal.tenants.presence import Proof


@transaction.atomic
def draft(tenant: Tenant, *, by: Person, title: str, reason: str = "", wanted: Sequence[Wanted]) -> ChangeRequest:
    """Start a request with what is wanted of one or more objects. Raises NotAllowed if `by` is no author."""
    must_be(by, tenant, Role.AUTHOR)
    Tenant.objects.filter(pk=tenant.pk).update(last_number=F("last_number") + 1)
    tenant.refresh_from_db(fields=["last_number"])
    change_request = ChangeRequest.objects.create(
        tenant=tenant, number=tenant.last_number, title=title.strip()[:200], reason=reason.strip(), author=by
    )
    Hand.objects.create(request=change_request, person=by, part=Part.WROTE)
    told = drafting.put(change_request, wanted, by=by)
    drafting.refresh(change_request)
    trail.record(
        change_request,
        "request.drafted",
        by=by,
        changes={"title": ["", change_request.title], "reason": ["", change_request.reason]},
        objects=told,
        content=change_request.content_hash,
        says=news({}, _says(change_request)),
    )
    return change_request


@transaction.atomic
def edit(
    change_request: ChangeRequest,
    *,
    by: Person,
    content_hash: str,
    wanted: Sequence[Wanted] = (),
    title: str | None = None,
    reason: str | None = None,
) -> None:
    """Change what a draft says: replace or add objects, its title, its reason.

    Raises NotAllowed if `by` is no author, Stale if the draft is no longer the one read.
    """
    must_be(by, change_request.tenant, Role.AUTHOR)
    hold(change_request, state=State.DRAFT, content_hash=content_hash)
    _writes(change_request, by)
    before = _says(change_request)
    objects = drafting.put(change_request, wanted, by=by)
    told = drafting.describe(change_request, title=title, reason=reason)
    drafting.refresh(change_request)
    trail.record(
        change_request,
        "request.edited",
        by=by,
        changes=told,
        objects=objects,
        content=change_request.content_hash,
        says=news(before, _says(change_request)),
    )


@transaction.atomic
def rebase(change_request: ChangeRequest, *, by: Person, content_hash: str, key: Key) -> None:
    """Draft one object of a draft again on the tenant as it is now, where somebody else changed it (VR-75).

    Raises as `edit` does, and Invalid if there is nothing left to want of it.
    """
    changed = next((one for one in objects_of(_changes(change_request)) if one.key == key), None)
    wanted = drafting.rebased(changed, change_request.tenant) if changed else None
    if wanted is None or wanted.key != key:
        raise Invalid(_("The tenant left nothing of this to draft again. Remove it from the change."))
    edit(change_request, by=by, content_hash=content_hash, wanted=[wanted])


@transaction.atomic
def drop(change_request: ChangeRequest, *, by: Person, content_hash: str, key: Key) -> None:
    """Take one object out of a draft. Raises NotAllowed, Stale, or Invalid if it is not in it."""
    must_be(by, change_request.tenant, Role.AUTHOR)
    hold(change_request, state=State.DRAFT, content_hash=content_hash)
    _writes(change_request, by)
    before = _says(change_request)
    told = drafting.drop(change_request, key)
    drafting.refresh(change_request)
    trail.record(
        change_request,
        "request.edited",
        by=by,
        objects=told,
        content=change_request.content_hash,
        says=news(before, _says(change_request)),
    )


@transaction.atomic
def submit(change_request: ChangeRequest, *, by: Person, content_hash: str) -> None:
    """Send a draft to review.

    Raises Invalid while something must be fixed or confirmed, the reason is missing, the mirror was never complete or
    too few people could approve; NotAllowed if `by` is no author; Stale if the draft is no longer the one read.
    """
    must_be(by, change_request.tenant, Role.AUTHOR)
    hold(change_request, state=State.DRAFT, content_hash=content_hash)
    _writes(change_request, by)
    before = _says(change_request)
    drafting.refresh(change_request)
    _may_be_submitted(change_request)
    move(change_request, source=State.DRAFT, target=State.IN_REVIEW)
    ChangeRequest.objects.filter(pk=change_request.pk).update(submitted_at=Now(), version=F("version") + 1)
    change_request.refresh_from_db()
    trail.record(
        change_request,
        "request.submitted",
        by=by,
        reason=change_request.reason,
        content=change_request.content_hash,
        version=change_request.version,
        wanted=change_request.approvals_wanted,
        says=news(before, _says(change_request)),
    )


@transaction.atomic
def approve(
    change_request: ChangeRequest, *, by: Person, content_hash: str, comment: str = "", proof: Proof | None = None
) -> None:
    """Approve what `by` read; the last approval wanted makes its changes ready to push.

    Approving the same content twice changes nothing. `proof` is how they proved that it is them who signs (G11): a page
    takes none of the four signatures without it.

    Raises NotAllowed if `by` is no approver or wrote any part of it (VR-74), Stale if the content is no longer the one
    read or the tenant changed underneath it (VR-75).
    """
    if has_approved(change_request, by, content_hash):
        return
    must_be(by, change_request.tenant, Role.APPROVER)
    hold(change_request, state=State.IN_REVIEW, content_hash=content_hash)
    _still_holds(change_request)
    decide(change_request, by=by, verdict=Verdict.APPROVE, comment=comment, proof=proof)
    if approvals_missing(change_request):
        verb = "request.approved"
    else:
        move(change_request, source=State.IN_REVIEW, target=State.APPROVED)
        release(change_request, by=by)
        verb = "request.released"
    trail.record(
        change_request,
        verb,
        by=by,
        reason=comment,
        content=content_hash,
        version=change_request.version,
        read=[
            f"{finding['rule']} {finding['message']}"
            for change in _changes(change_request)
            for finding in change.findings
        ],
        **_told(proof),
    )
    transaction.on_commit(partial(ring, change_request.tenant_id), robust=True)


@transaction.atomic
def give_back(
    change_request: ChangeRequest, *, by: Person, content_hash: str, comment: str, proof: Proof | None = None
) -> None:
    """Return a request to its author as a draft. Raises as `approve` does; Invalid without a comment."""
    _turn_down(change_request, Verdict.RETURN, by=by, content_hash=content_hash, comment=comment, proof=proof)


@transaction.atomic
def reject(
    change_request: ChangeRequest, *, by: Person, content_hash: str, comment: str, proof: Proof | None = None
) -> None:
    """End a request. Raises as `approve` does; Invalid without a comment."""
    _turn_down(change_request, Verdict.REJECT, by=by, content_hash=content_hash, comment=comment, proof=proof)


def _turn_down(
    change_request: ChangeRequest,
    verdict: Verdict,
    *,
    by: Person,
    content_hash: str,
    comment: str,
    proof: Proof | None,
) -> None:
    must_be(by, change_request.tenant, Role.APPROVER)
    if not comment.strip():
        raise Invalid(_("Say why, so that the author knows what to do next."))
    hold(change_request, state=State.IN_REVIEW, content_hash=content_hash)
    decide(change_request, by=by, verdict=verdict, comment=comment, proof=proof)
    target, verb = {
        Verdict.RETURN: (State.DRAFT, "request.returned"),
        Verdict.REJECT: (State.REJECTED, "request.rejected"),
    }[verdict]
    move(change_request, source=State.IN_REVIEW, target=target)
    trail.record(
        change_request,
        verb,
        by=by,
        reason=comment,
        content=content_hash,
        version=change_request.version,
        **_told(proof),
    )


@transaction.atomic
def withdraw(
    change_request: ChangeRequest, *, by: Person, content_hash: str, comment: str = "", proof: Proof | None = None
) -> None:
    """Take a draft or a request in review back for good. Raises NotAllowed unless `by` wrote part of it, Stale."""
    must_be(by, change_request.tenant, Role.AUTHOR, Role.APPROVER)
    if not change_request.hands.filter(person=by, part=Part.WROTE).exists():
        raise NotAllowed(_("Only somebody who wrote this change can withdraw it."))
    state = State.DRAFT if change_request.state == State.DRAFT else State.IN_REVIEW
    hold(change_request, state=state, content_hash=content_hash)
    move(change_request, source=state, target=State.WITHDRAWN)
    trail.record(change_request, "request.withdrawn", by=by, reason=comment, content=content_hash, **_told(proof))


@transaction.atomic
def edit_in_review(change_request: ChangeRequest, *, by: Person, content_hash: str, wanted: Sequence[Wanted]) -> None:
    """An approver edits stages or descriptors in review; they become a writer, and earlier decisions no longer count.

    Raises NotAllowed if `by` is no approver, Stale, and Invalid if anything else would change or nothing would, a rule
    blocks, or nobody would be left to approve.
    """
    must_be(by, change_request.tenant, Role.APPROVER)
    hold(change_request, state=State.IN_REVIEW, content_hash=content_hash)
    _only_what_review_allows(change_request, wanted)
    _writes(change_request, by)
    before = _says(change_request)
    told = drafting.put(change_request, wanted, by=by)
    drafting.refresh(change_request)
    if change_request.content_hash == content_hash:
        raise Invalid(_("Nothing was changed, so there is nothing to save."))
    _may_be_submitted(change_request)
    ChangeRequest.objects.filter(pk=change_request.pk).update(version=F("version") + 1)
    change_request.refresh_from_db()
    trail.record(
        change_request,
        "request.edited_in_review",
        by=by,
        objects=told,
        content=change_request.content_hash,
        version=change_request.version,
        says=news(before, _says(change_request)),
    )


def _says(change_request: ChangeRequest) -> dict[int, dict[str, Any]]:
    return places(_changes(change_request))


def hold(change_request: ChangeRequest, *, state: State, content_hash: str) -> None:
    """Lock the request as it was read; simultaneous deciders queue here.

    Raises Stale if its state or content is no longer the one read.
    """
    as_read = ChangeRequest.objects.filter(pk=change_request.pk, state=state, content_hash=content_hash)
    is_held = as_read.update(touched_at=Now())
    change_request.refresh_from_db()
    if not is_held:
        changed = _("“%(change)s” changed while you were reading it. Reload and look again.")
        decided = overtaken(change_request, content_hash=content_hash) if state == State.IN_REVIEW else ""
        raise Stale(decided or changed % {"change": change_request})


def move(change_request: ChangeRequest, *, source: State, target: State) -> None:
    """The one place that changes a request's state. Raises Stale if it is not in `source`."""
    closed = None if target in (State.DRAFT, State.IN_REVIEW) else Now()
    moved = ChangeRequest.objects.filter(pk=change_request.pk, state=source).update(state=target, closed_at=closed)
    if not moved:
        raise Stale(_("“%(change)s” changed meanwhile. Reload and look again.") % {"change": change_request})
    change_request.refresh_from_db()


def decide(
    change_request: ChangeRequest, *, by: Person, verdict: Verdict, comment: str, proof: Proof | None = None
) -> None:
    """Sign the current content. Raises NotAllowed if `by` wrote any part of the request (VR-74)."""
    hand, _made = Hand.objects.get_or_create(request=change_request, person=by, defaults={"part": Part.DECIDES})
    if hand.part == Part.WROTE:
        raise NotAllowed(_("You wrote part of this change, so someone else must decide on it."))
    Decision.objects.update_or_create(
        request=change_request,
        by=by,
        content_hash=change_request.content_hash,
        defaults={
            "verdict": verdict,
            "comment": comment.strip(),
            "version": change_request.version,
            "at": clock.now(),  # of this verdict, when it replaces an earlier one on the same content
            "proved_at": proof.at if proof else None,
            "method": proof.method if proof else "",
        },
    )


def _told(proof: Proof | None) -> dict[str, Any]:
    return {"proof": proof.told} if proof else {}


def who_may_approve(change_request: ChangeRequest) -> list[Person]:
    """The approvers of the tenant who wrote no part of it."""
    return list(people_with(change_request.tenant, Role.APPROVER).exclude(pk__in=_writers(change_request)))


def _writers(change_request: ChangeRequest) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=change_request.hands.filter(part=Part.WROTE).values("person"))


def has_approved(change_request: ChangeRequest, by: Person, content_hash: str) -> bool:
    """Whether `by` has approved this content, and it still stands: not withdrawn, returned or rejected since."""
    return Decision.objects.filter(
        request=change_request,
        request__state__in=[State.IN_REVIEW, State.APPROVED],
        request__content_hash=content_hash,
        by=by,
        content_hash=content_hash,
        verdict=Verdict.APPROVE,
    ).exists()


def must_be(person: Person, tenant: Tenant, *roles: Role) -> None:
    """Roles are read again inside the transaction (S4)."""
    if not person.is_active or not roles_of(person, tenant) & set(roles):
        raise NotAllowed(_("Your role in “%(tenant)s” does not allow this. Ask an administrator.") % {"tenant": tenant})


def _writes(change_request: ChangeRequest, by: Person) -> None:
    Hand.objects.update_or_create(request=change_request, person=by, defaults={"part": Part.WROTE})


def _changes(change_request: ChangeRequest) -> list[Change]:
    return list(change_request.changes.order_by("position"))


def _may_be_submitted(change_request: ChangeRequest) -> None:
    problems = drafting.obstacles(change_request)
    if problems:
        raise Invalid(problems[0])
    wanted, possible = change_request.approvals_wanted, len(who_may_approve(change_request))
    if possible < wanted:
        raise Invalid(too_few(wanted, possible))


def too_few(wanted: int, possible: int) -> str:
    """Why a request could never be approved, and what to do about it."""
    return ngettext(
        "This change needs %(wanted)d approval, and %(possible)d people could give one. "
        "Ask an administrator for another approver before you submit it.",
        "This change needs %(wanted)d approvals, and %(possible)d people could give one. "
        "Ask an administrator for another approver before you submit it.",
        wanted,
    ) % {"wanted": wanted, "possible": possible}


def _still_holds(change_request: ChangeRequest) -> None:
    """The rules are asked again: an approval of what the tenant no longer fits is refused (VR-75)."""
    for changed, findings in drafting.findings(change_request):
        for finding in findings:
            new = finding.level == Level.CONFIRM and finding.rule not in changed.first.acknowledged
            graver = finding.two_approvers and not changed.first.is_irreversible
            if finding.level == Level.BLOCK or new or graver:
                raise Stale(
                    _("“%(name)s” no longer fits the tenant: %(message)s Return the change to its author.")
                    % {"name": changed.name, "message": finding.message}
                )


def _only_what_review_allows(change_request: ChangeRequest, wanted: Sequence[Wanted]) -> None:
    held = {changed.key: changed for changed in objects_of(_changes(change_request))}
    for one in wanted:
        changed = held.get(one.key)
        if changed is None or changed.after is None or one.after is None or changed.action == Action.ADOPT:
            raise Invalid(
                _("In review only stages and descriptors can be edited. Return the change for anything else.")
            )
        _refuse_other_fields(changed, one)


def _refuse_other_fields(changed: ChangedObject, wanted: Wanted) -> None:
    touched = changed_fields(changed.after or {}, wanted.after or {})
    same = (wanted.action, wanted.target, wanted.base) == (changed.action, changed.first.target, changed.base)
    if not same or set(touched) - set(changed.kind.in_review):
        raise Invalid(_("In review only stages and descriptors can be edited. Return the change for anything else."))
