"""Looking up what is unsure: whether it took effect decides whether it is sent again (rules 7, 8 and 11)."""

from django.utils.translation import gettext as _

from portal.changes.models import Push, Why
from portal.changes.push import judging
from portal.changes.push.moves import move, stop
from portal.changes.push.steps.step import Step, incident, sent
from portal.changes.threeway import compare
from portal.graph.errors import Rejected
from portal.mirror import markers, store
from portal.mirror.kinds import Raw
from portal.mirror.listing import listing
from portal.tenants import clock, connection

LOOKS_NEEDED = 2  # complete look-ups without a match, SETTLE apart, before a write is repeated (G4)


def look_by_name(step: Step) -> None:
    """Look for an unsure creation in a complete listing (rules 7, 8 and 11)."""
    if step.kind.once and connection.loses_markers(step.tenant):
        message = _("Purview keeps no markers, so whether it happened cannot be looked up. A person must look there.")
        stop(step.change, step.lease, Why.HELD, message, source=Push.UNSURE)
        return
    matches = matching(step)
    if matches:
        found(step, matches, source=Push.UNSURE)
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


def matching(step: Step) -> list[Raw]:
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


def found(step: Step, matches: list[Raw], *, source: Push, refusal: Rejected | None = None) -> None:
    """What to make of `matches`, where `refusal` is what led to the look: ours, another's, or too many to tell."""
    change, lease, support = step.change, step.lease, refusal.request_id if refusal else ""
    if len(matches) > 1:
        stop(change, lease, Why.DUPLICATE, judging.twins(change, matches), source=source, support=support)
    elif step.kind.document(matches[0]) == change.after:
        sent(step, source=source, target=matches[0]["id"], adopted=store.changed_by(matches[0]), support=support)
    elif step.kind.once:
        incident(step, matches[0], source=source)
    elif refusal:
        stop(change, lease, Why.REJECTED, judging.refused(change, refusal), source=source, support=support)
    else:
        stop(change, lease, Why.DRIFTED, judging.namesake(change, matches[0]), source=source)


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
