"""Sending what is ready, and what a refusal of it means."""

from django.utils.translation import gettext as _

from portal.changes.models import Push, Why
from portal.changes.push import binding, judging
from portal.changes.push.moves import backoff, doubt, stop, wait
from portal.changes.push.sending import Write, send
from portal.changes.push.steps.looking import found, matching
from portal.changes.push.steps.step import Step, sent
from portal.changes.threeway import changed_fields, compare
from portal.graph.answers import Answer
from portal.graph.errors import Rejected
from portal.mirror import store
from portal.mirror.kinds import Action, Document, Raw
from portal.mirror.listing import address


def create(step: Step) -> None:
    """POST what was approved; its body, read back as a document, is what the approvers read (G1)."""
    change, kind = step.change, step.kind
    wanted: Document = change.after or {}
    body = kind.body(wanted, None, binding.binder(step.tenant, kind))
    written = {**kind.blank(), **_parent_field(step), **kind.partial(body, binding.namer(step.tenant))}
    answer = send(change, step.lease, step.graph, Write("POST", step.path, body, written))
    if isinstance(answer, Rejected):
        _create_refused(step, answer)
    elif answer is not None:
        _created(step, answer)


def update(step: Step) -> None:
    """Read first, compare three ways, PATCH the changed fields only (rule 9)."""
    change, kind = step.change, step.kind
    base, wanted = change.base or {}, change.after or {}
    raw = step.read()
    if raw is None:
        stop(change, step.lease, Why.DRIFTED, judging.gone(change), source=Push.READY)
        return
    compared = compare(base, kind.document(raw), wanted)
    if compared.conflict:
        stop(change, step.lease, Why.DRIFTED, judging.conflict(change, compared.conflict), source=Push.READY)
    elif compared.is_done:
        sent(step, source=Push.READY, adopted=store.changed_by(raw))
    else:
        body = kind.body(wanted, changed_fields(base, wanted), binding.binder(step.tenant, kind))
        written = {**base, **kind.partial(body, binding.namer(step.tenant))}
        _write_existing(step, Write("PATCH", address(step.path, change.target), body, written))


def delete(step: Step) -> None:
    """Read first; what the rules say of it now decides, not what they said when it was approved (rule 10)."""
    change = step.change
    raw = step.read()
    if raw is None:
        sent(step, source=Push.READY)
        return
    if step.kind.document(raw) != change.base:
        fields = changed_fields(change.base or {}, step.kind.document(raw))
        stop(change, step.lease, Why.DRIFTED, judging.conflict(change, fields), source=Push.READY)
        return
    obstacle = judging.deletion_obstacle(change, raw)
    if obstacle is not None:
        stop(change, step.lease, obstacle.why, obstacle.message, source=Push.READY)
        return
    _write_existing(step, Write("DELETE", address(step.path, change.target), None, None))


def _write_existing(step: Step, write: Write) -> None:
    answer = send(step.change, step.lease, step.graph, write)
    if isinstance(answer, Answer):
        sent(step, source=Push.SENDING, support=answer.request_id)
    elif isinstance(answer, Rejected):
        _write_refused(step, answer)


def _write_refused(step: Step, refusal: Rejected) -> None:
    change, lease = step.change, step.lease
    if refusal.gone and change.action == Action.DELETE:
        sent(step, source=Push.SENDING, support=refusal.request_id)
    elif refusal.gone:
        stop(change, lease, Why.DRIFTED, judging.gone(change), source=Push.SENDING, support=refusal.request_id)
    elif step.needs_something_new:
        _too_early(step, refusal)
    else:
        message = judging.refused(change, refusal)
        stop(change, lease, Why.REJECTED, message, source=Push.SENDING, support=refusal.request_id)


def _parent_field(step: Step) -> Document:
    """A subcategory's category stands in the path: the path is read back, as the body is."""
    parent = step.parent
    references = step.kind.references(step.change.document)
    return {one.field: parent["displayName"] for one in references if parent and one.kind == step.kind.parent}


def _created(step: Step, answer: Answer) -> None:
    change, body = step.change, answer.body
    if not isinstance(body.get("id"), str) or not isinstance(body.get("displayName"), str):
        reason = _("Purview did not say what it created. It is looked up before anything is sent again.")
        doubt(change, step.lease, reason, support=answer.request_id)
    elif step.kind.once and (differing := _echoed_otherwise(step, body)):
        message = judging.mismatch(change, differing)
        stop(
            change,
            step.lease,
            Why.MISMATCH,
            message,
            source=Push.SENDING,
            support=answer.request_id,
            target=body["id"],
        )
    elif body["displayName"] != change.name:
        message = judging.other_name(change, body["displayName"])
        stop(change, step.lease, Why.DRIFTED, message, source=Push.SENDING, support=answer.request_id)
    else:
        sent(step, source=Push.SENDING, target=body["id"], support=answer.request_id)


def _echoed_otherwise(step: Step, body: Raw) -> tuple[str, ...]:
    """What the answer to a creation says otherwise than what was sent, as far as it says it (contract 3.4)."""
    echo, wanted = step.kind.partial(body, binding.namer(step.tenant)), step.change.after or {}
    return tuple(name for name in sorted(echo) if name in wanted and echo[name] != wanted[name])


def _create_refused(step: Step, refusal: Rejected) -> None:
    """A refusal may be of our own earlier success: look once before believing it (rules 2, 6 and 8)."""
    change, support = step.change, refusal.request_id
    matches = matching(step)
    if matches:
        found(step, matches, source=Push.SENDING, refusal=refusal)
    elif step.needs_something_new:
        _too_early(step, refusal)
    else:
        message = judging.refused(change, refusal)
        stop(change, step.lease, Why.REJECTED, message, source=Push.SENDING, support=support)


def _too_early(step: Step, refusal: Rejected) -> None:
    """What it names was created moments ago and may not be known everywhere: tried again until it must be (rule 2)."""
    reason = _("Purview does not know yet what was created moments ago. It is tried again.")
    wait(
        step.change,
        step.lease,
        source=Push.SENDING,
        target=Push.READY,
        until=backoff(step.change.sends),
        reason=reason,
        support=refusal.request_id,
        uncounted=True,
    )
