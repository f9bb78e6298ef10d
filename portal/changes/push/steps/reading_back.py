"""Reading back what was sent: what the tenant holds confirms it, and the mirror keeps it (rules 8 to 10)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.changes.models import Change, Push, Why
from portal.changes.push import judging
from portal.changes.push.moves import SHORTLY, move, stop
from portal.changes.push.steps.step import Step, incident
from portal.changes.threeway import compare
from portal.mirror import markers, store
from portal.mirror.kinds import Action, Raw
from portal.tenants import clock, connection


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
        incident(step, raw, source=Push.SENT)
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
