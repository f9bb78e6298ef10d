"""One step of one change: send what is ready, look up what is unsure, read back what is sent (reliability.md 3)."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from portal.changes.models import Change, Push, Why
from portal.changes.push import binding, judging, order, restoring
from portal.changes.push.lease import Lease
from portal.changes.push.moves import SETTLE, SHORTLY, backoff, doubt, move, stop, wait
from portal.changes.push.sending import Write, send
from portal.changes.threeway import changed_fields, compare
from portal.graph.answers import Answer
from portal.graph.client import Client
from portal.graph.errors import Rejected
from portal.mirror import markers, store
from portal.mirror.kinds import Action, Document, Kind, Raw
from portal.mirror.listing import address, fetch, listing, path_of
from portal.tenants import clock, connection
from portal.tenants.models import Tenant

LOOKS_NEEDED = 2  # complete look-ups without a match, SETTLE apart, before a write is repeated (G4)


class Step(NamedTuple):
    """What every step works with."""

    change: Change
    lease: Lease
    graph: Client

    @property
    def kind(self) -> Kind:
        return self.change.of

    @property
    def tenant(self) -> Tenant:
        return self.change.request.tenant

    @property
    def settle(self) -> timedelta:
        """How long Graph may take to show what it accepted (rule 11)."""
        return SETTLE * self.kind.settles

    @property
    def parent(self) -> Raw | None:
        return binding.parent_of(self.tenant, self.kind, self.change.document)

    @property
    def path(self) -> str:
        return path_of(self.kind, self.parent)

    def read(self) -> Raw | None:
        """The object as the tenant holds it now; None when it is gone. Raises GraphError."""
        try:
            raw = fetch(self.graph, self.kind, self.change.target, parent=self.parent)
        except Rejected as exc:
            if not exc.gone:
                raise
            raw = None
        connection.worked(self.tenant)
        return raw


def take(step: Step) -> None:
    """Do what is next for a change. Raises GraphError when a read failed, Lost, Missing or Unapproved."""
    lost = order.lost_needs(step.change)
    if lost and step.change.push == Push.READY:
        told = _("It needs “%(name)s”, which did not happen.")
        if step.change.is_follow_up:
            told = _("It was not sent: “%(name)s”, which it repeats, did not come about as it was approved.")
        message = told % {"name": lost[0].name}
        stop(step.change, step.lease, Why.HELD, message, source=Push.READY)
        return
    if step.change.push == Push.READY and restoring.needs_a_look(step.change):
        restoring.doubt(step.change, step.lease)
        return
    actions = {Action.CREATE: create, Action.UPDATE: update, Action.DELETE: delete}
    looks = {Action.CREATE: look_by_name, Action.UPDATE: look_at_update, Action.DELETE: look_at_delete}
    if step.change.push == Push.READY:
        actions[Action(step.change.action)](step)
    elif step.change.push == Push.UNSURE:
        looks[Action(step.change.action)](step)
    else:
        read_back(step)


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
    elif order.needs_something_new(change, younger_than=SETTLE):
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
    matches = _matches(step)
    if matches:
        _found(step, matches, source=Push.SENDING, refusal=refusal)
    elif order.needs_something_new(change, younger_than=SETTLE):
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


def look_by_name(step: Step) -> None:
    """Look for an unsure creation in a complete listing (rules 7, 8 and 11)."""
    if step.kind.once and connection.loses_markers(step.tenant):
        message = _("Purview keeps no markers, so whether it happened cannot be looked up. A person must look there.")
        stop(step.change, step.lease, Why.HELD, message, source=Push.UNSURE)
        return
    matches = _matches(step)
    if matches:
        _found(step, matches, source=Push.UNSURE)
    else:
        _not_found(step)


def look_at_update(step: Step) -> None:
    """See whether an unsure PATCH took effect."""
    change = step.change
    raw = step.read()
    if raw is None:
        stop(change, step.lease, Why.DRIFTED, judging.gone(change), source=Push.UNSURE)
        return
    compared = compare(change.base or {}, step.kind.document(raw), change.after or {})
    if compared.is_done:
        sent(step, source=Push.UNSURE)
    elif compared.conflict:
        stop(change, step.lease, Why.DRIFTED, judging.conflict(change, compared.conflict), source=Push.UNSURE)
    else:
        _not_found(step)


def look_at_delete(step: Step) -> None:
    """See whether an unsure DELETE took effect."""
    if step.read() is None:
        sent(step, source=Push.UNSURE)
    else:
        _not_found(step)


def _matches(step: Step) -> list[Raw]:
    """The tenant's objects of that name: exactly, else ignoring case; of what happens once, those that bear its marker.

    Raises GraphError: an incomplete look is none.
    """
    everything = []
    for seen in listing(step.graph, step.kind, parent=step.parent, beat=step.lease.renew):
        step.lease.renew()  # a long listing outlives a lease
        everything.append(seen.raw)
    connection.worked(step.tenant)
    if step.kind.once:
        return [raw for raw in everything if markers.borne_by(raw, step.change.marker or "")]
    return judging.namesakes(step.change, everything)


def _found(step: Step, matches: list[Raw], *, source: Push, refusal: Rejected | None = None) -> None:
    change, lease, support = step.change, step.lease, refusal.request_id if refusal else ""
    if len(matches) > 1:
        stop(change, lease, Why.DUPLICATE, judging.twins(change, matches), source=source, support=support)
    elif step.kind.document(matches[0]) == change.after:
        sent(step, source=source, target=matches[0]["id"], adopted=store.changed_by(matches[0]), support=support)
    elif step.kind.once:
        _incident(step, matches[0], source=source)
    elif refusal:
        stop(change, lease, Why.REJECTED, judging.refused(change, refusal), source=source, support=support)
    else:
        stop(change, lease, Why.DRIFTED, judging.namesake(change, matches[0]), source=source)


def _incident(step: Step, raw: Raw, *, source: Push) -> None:
    """What happens once came about otherwise than it was approved: a person must see to it (contract 3.4)."""
    change = step.change
    differing = changed_fields(change.after or {}, step.kind.document(raw))
    message = judging.mismatch(change, differing)
    stop(change, step.lease, Why.MISMATCH, message, source=source, target=str(raw.get("id", "")))


def _not_found(step: Step) -> None:
    """The first time: look again when it has had time to settle. The second time: it did not happen, send it."""
    change = step.change
    negatives = change.negatives + 1
    again = negatives >= LOOKS_NEEDED
    move(
        change,
        step.lease,
        "change.looked_up",
        source=Push.UNSURE,
        target=Push.READY if again else Push.UNSURE,
        facts={"look": negatives},
        columns={
            "negatives": 0 if again else negatives,
            "not_before": None if again else clock.now() + step.settle,
        },
    )


def sent(step: Step, *, source: Push, target: str = "", support: str = "", adopted: str = "") -> None:
    """The tenant has it, as far as Graph says; what it really holds is read back next."""
    move(
        step.change,
        step.lease,
        "change.sent",
        source=source,
        target=Push.SENT,
        facts={"support": support, "found_made_by": adopted},
        columns={
            "target": target or step.change.target,
            "sent_at": clock.now(),
            "not_before": None,
            "message": "",
            "support": support[:80],
        },
    )


def read_back(step: Step) -> None:
    """Compare what the tenant holds with what was sent, and write the mirror with it (rules 8 to 10)."""
    began = clock.now()
    raw = step.read()
    if step.change.action == Action.DELETE:
        _read_back_delete(step, raw)
    elif raw is None:
        _not_yet(step, judging.gone(step.change))
    else:
        _read_back_document(step, raw, began)


def _read_back_delete(step: Step, raw: Raw | None) -> None:
    """What was agreed on is that it is gone: if it comes back, that is drift."""
    if raw is not None:
        _not_yet(step, _("Purview still holds it."))
        return
    with step.lease.holding():
        row = step.kind.rows(step.tenant).filter(graph_id=step.change.target)
        row.update(gone_at=clock.now(), agreed=None, agreed_hash="")
        _done(step, {"kind": step.kind.name, "key": step.change.target, "document": None, "agreed": None})


def _read_back_document(step: Step, raw: Raw, began: datetime) -> None:
    change, kind = step.change, step.kind
    if kind.once:
        _note_marker(step, raw)
    if kind.once and change.action == Action.CREATE and kind.document(raw) != change.after:
        _incident(step, raw, source=Push.SENT)
        return
    base, wanted = change.base if change.base is not None else kind.blank(), change.after or {}
    compared = compare(base, kind.document(raw), wanted)
    if compared.conflict:
        stop(change, step.lease, Why.DRIFTED, judging.conflict(change, compared.conflict), source=Push.SENT)
    elif compared.wanted:
        _not_yet(step, judging.conflict(change, compared.wanted))
    else:
        agreed = wanted if change.action == Action.CREATE else {name: wanted[name] for name in compared.there}
        with step.lease.holding():
            row = store.keep(kind, step.tenant, raw, read_at=began, agreed=agreed)
            _done(step, store.told(row))


def _note_marker(step: Step, raw: Raw) -> None:
    """Whether the service keeps what unsure events are found by is known from the first that is read back (rule 7)."""
    if not markers.borne_by(raw, step.change.marker or ""):
        connection.lost_marker(step.tenant)


def _done(step: Step, mirrored: dict[str, Any]) -> None:
    """Confirm it; the entry keeps what the mirror holds of it now."""
    move(
        step.change,
        step.lease,
        "change.confirmed",
        source=Push.SENT,
        target=Push.DONE,
        facts={"mirrored": [mirrored]},
        columns={"done_at": clock.now(), "message": "", "support": "", "not_before": None},
    )


def _not_yet(step: Step, message: str) -> None:
    """The remote may show an older state for a while; after twice that time it is not what was sent."""
    change = step.change
    if change.sent_at is not None and clock.now() > change.sent_at + 2 * step.settle:
        why = Why.MISMATCH if step.kind.once and change.action == Action.CREATE else Why.DRIFTED
        stop(change, step.lease, why, message, source=Push.SENT)
    else:
        with step.lease.holding():
            Change.objects.filter(pk=change.pk, push=Push.SENT).update(not_before=clock.now() + SHORTLY)
