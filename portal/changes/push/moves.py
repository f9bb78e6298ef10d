"""The states of a push and the one way between them: guarded, fenced, and told in the same transaction."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from portal.audit import trail
from portal.audit.models import Result
from portal.changes.models import Attempt, Change, Push, Why
from portal.changes.push.lease import Lease, Lost
from portal.tenants import clock

SERVICE = "Push worker"
MOST_SENDS = 8
BACKOFF_BASE, BACKOFF_CAP = 2.0, 300.0  # seconds
SETTLE = timedelta(seconds=settings.SETTLE)  # how long the remote may take to show what it accepted (rule 11)
SHORTLY = timedelta(seconds=2)


def move(
    change: Change,
    lease: Lease,
    verb: str,
    *,
    source: Push,
    target: Push,
    reason: str = "",
    result: Result = Result.OK,
    facts: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
) -> None:
    """Bring a change from `source` to `target` with its entry, setting `columns` of its row and telling `facts`.

    Raises Lost if the lease or the change moved on.
    """
    with lease.holding():
        moved = Change.objects.filter(pk=change.pk, push=source).update(push=target, **(columns or {}))
        if not moved:
            raise Lost
        trail.record(
            change,
            verb,
            service=SERVICE,
            changes={"push": [source.value, target.value]},
            reason=reason,
            result=result,
            **(facts or {}),
        )
    change.refresh_from_db()


def wait(
    change: Change,
    lease: Lease,
    *,
    source: Push,
    target: Push,
    until: datetime,
    reason: str,
    support: str,
    uncounted: bool = False,
) -> None:
    """Put a change off; it is due again at `until`. `uncounted`: the send that led here costs none of the eight."""
    move(
        change,
        lease,
        "change.delayed",
        source=source,
        target=target,
        reason=reason,
        facts={"support": support},
        columns={
            "not_before": until,
            "message": reason[:1000],
            "support": support[:80],
            "sends": max(change.sends - uncounted, 0),
        },
    )


def doubt(
    change: Change, lease: Lease, reason: str, *, until: datetime | None = None, support: str = "", what: str = ""
) -> None:
    """What was being sent may have arrived: it is looked up, from `until` on, before anything is sent again (G4)."""
    with lease.holding():
        Attempt.objects.filter(change=change, outcome="").update(outcome="unsure", finished_at=clock.now())
        move(
            change,
            lease,
            "change.unsure",
            source=Push.SENDING,
            target=Push.UNSURE,
            reason=reason,
            result=Result.ERROR,
            facts={"support": support, "what": what},
            columns={"negatives": 0, "not_before": until, "message": reason[:1000], "support": support[:80]},
        )


def stop(
    change: Change, lease: Lease, why: Why, message: str, *, source: Push, support: str = "", target: str = ""
) -> None:
    """Leave a change to a person, with what happened in words; `target` is what Graph made of it, if anything."""
    columns: dict[str, Any] = {"why": why, "message": message[:1000], "support": support[:80], "not_before": None}
    move(
        change,
        lease,
        "change.stopped",
        source=source,
        target=Push.STOPPED,
        reason=message,
        result=Result.ERROR,
        facts={"why": why.value, "support": support},
        columns=columns | ({"target": target} if target else {}),
    )


def backoff(sends: int, *, at_least: float | None = None) -> datetime:
    """When to try again: full jitter, doubling from 2 s to 300 s, never before Graph's Retry-After (rule 12)."""
    jitter = random.uniform(1.0, min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(sends, 10)))
    return clock.now() + timedelta(seconds=max(jitter, at_least or 0.0))
