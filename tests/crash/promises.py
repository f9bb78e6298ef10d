"""The promises of reliability.md section 1, checked on what killed and recovered workers left behind."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import requests
from django.db.models import Q

from portal.audit import canonical
from portal.audit.models import Chain, Entry
from portal.audit.verify import verify
from portal.changes.approvals import approvals_missing
from portal.changes.content import content_hash
from portal.changes.models import Attempt, Carrier, Change, ChangeRequest, Push, State
from portal.changes.push.moves import SETTLE
from portal.changes.tasks import synchronise
from portal.mirror import kinds, markers
from portal.mirror.models import Cause
from portal.tenants.models import Tenant

Ledger = list[dict[str, Any]]
NOTHING_HAPPENED = ("not_sent", "throttled", "refused")  # outcomes after which a write may be repeated at once
TAKEN_UP = ("change.retried", "change.cancelled")
OF_TWO_CLOCKS = timedelta(seconds=1)  # the entry is stamped a moment after the look it tells of


def ledger_of(sandbox: str) -> Ledger:
    """Every write a served sandbox accepted."""
    told: Ledger = requests.get(f"{sandbox}/sandbox/ledger", timeout=10).json()
    return told


def broken(ledger: Ledger, *, settle: timedelta = SETTLE) -> Iterator[str]:
    """Every promise that does not hold once all work is done, in words."""
    yield from unfinished()
    yield from kept_throughout(ledger, settle=settle)
    yield from missing(ledger)
    yield from not_once(ledger)
    yield from unlike()


def kept_throughout(ledger: Ledger, *, settle: timedelta = SETTLE) -> Iterator[str]:
    """The promises that hold at every moment, also in the middle of the work."""
    yield from unapproved(ledger)
    yield from repeated(ledger)
    yield from blind(settle)
    yield from untold()


def carried() -> Any:
    """What was approved and is Graph's to carry out."""
    return Change.objects.filter(request__state=State.APPROVED, carried_by=Carrier.GRAPH)


def unfinished() -> Iterator[str]:
    """G2, G3: everything approved happened."""
    for change in carried().exclude(push=Push.DONE):
        yield f"{change} is {change.push} {change.why}: {change.message}"


def undecided() -> Iterator[str]:
    """G3: everything approved has ended, or waits for a person who can read why."""
    ended = Q(push__in=[Push.DONE, Push.CANCELLED]) | Q(push=Push.STOPPED) & ~Q(message="")
    for change in carried().exclude(ended):
        yield f"{change} is still {change.push}: {change.message}"


def unapproved(ledger: Ledger) -> Iterator[str]:
    """G1: every accepted write belongs to an attempt whose body says what was approved."""
    for request in ChangeRequest.objects.filter(state=State.APPROVED).prefetch_related("changes"):
        if content_hash(request) != request.content_hash or approvals_missing(request):
            yield f"{request} is not what was approved"
    for attempt in Attempt.objects.exclude(change__request__state=State.APPROVED):
        yield f"{attempt} was made for what nobody approved"
    attempts = _attempts()
    for write in ledger:
        attempt = attempts.get(write["client-request-id"])
        if attempt is None:
            yield f"{write['method']} {write['path']} was sent without an attempt row"
            continue
        body, after = write.get("body"), attempt.change.after
        if body is not None and attempt.body_hash != canonical.sha256(body):
            yield f"{attempt} sent another body than it was committed with"
        if after is not None and attempt.document_hash != canonical.sha256(after):
            yield f"{attempt} does not say what was approved"


def repeated(ledger: Ledger) -> Iterator[str]:
    """G2: no change takes effect twice."""
    for change, effects in _effects(ledger).items():
        if effects > 1:
            yield f"{change} took effect {effects} times"


def missing(ledger: Ledger) -> Iterator[str]:
    """G2: every change that counts as done took effect."""
    happened = _effects(ledger)
    for change in carried().filter(push=Push.DONE):
        if not happened[change]:
            yield f"{change} is done, but nothing was accepted for it"


def not_once(ledger: Ledger) -> Iterator[str]:
    """G2 of what cannot be taken back: whatever a POST was told, each marker that is done was accepted exactly once."""
    accepted = Counter(markers.of(write.get("body") or {}) for write in ledger if write["method"] == "POST")
    for change in carried().filter(push=Push.DONE, marker__isnull=False):
        if accepted[change.marker] != 1:
            yield f"{change} is done, and its marker was accepted {accepted[change.marker]} times"


def blind(settle: timedelta) -> Iterator[str]:
    """G4: no POST is repeated without two complete look-ups, `settle` apart, that did not find it."""
    told = _told()
    outcomes = {(attempt.change, attempt.n): attempt.outcome for attempt in _attempts().values()}
    for change in Change.objects.filter(action=kinds.Action.CREATE).select_related("request"):
        entries = told.get(_key(change), [])
        sends = [place for place, entry in enumerate(entries) if entry.verb == "change.sending"]
        for n, (first, second) in enumerate(pairwise(sends), start=1):
            looks = [entry.at for entry in entries[first:second] if entry.verb == "change.looked_up"]
            if outcomes[(change, n)] in NOTHING_HAPPENED:
                continue
            if len(looks) < 2 or looks[-1] - looks[-2] < settle - OF_TWO_CLOCKS:
                yield f"{change} was sent again after {[entry.verb for entry in entries[first:second]]}"


def untold() -> Iterator[str]:
    """G6: the states told in the history lead, step by step, to the state that is stored; and the chains verify."""
    told = _told()
    for change in Change.objects.filter(request__state=State.APPROVED).exclude(carried_by=Carrier.NOBODY):
        state = Push.READY.value if change.carried_by == Carrier.GRAPH else Push.PERSON.value
        taken_up = _taken_up(change)
        for entry in told.get(_key(change), []):
            before, after = json.loads(entry.body)["changes"].get("push", [state, state])
            if before != state and not (taken_up and state == Push.STOPPED):
                yield f"{change} went from {state}, the history says {before}"
            state = after
        if state != change.push and not taken_up:
            yield f"{change} is {change.push}, the history says {state}"
    for chain in Chain.objects.all():
        verdict = verify(chain)
        if not verdict.is_unbroken:
            yield f"chain {verdict.chain} is broken at {verdict.broken_at}"


def unlike() -> Iterator[str]:
    """The mirror is what the tenant holds, and what was agreed."""
    Change.objects.update(not_before=None)
    for tenant in Tenant.objects.all():
        synchronise(tenant, cause=Cause.COMMAND)
        run = tenant.sync_runs.first()
        if run is None or run.state != "complete" or run.created or run.changed:
            yield f"the mirror differed: {run.created} new, {run.changed} changed, {run.message}" if run else "no sync"
        for kind in kinds.every():
            for row in kind.rows(tenant).drifted():
                yield f"{row} is not what was agreed"


def _taken_up(change: Change) -> bool:
    """Whether somebody tried its request again or drafted it anew: told of the request, not of each change."""
    mine = Entry.objects.filter(object_kind="request", object_key=str(change.request.number))
    return mine.filter(chain__tenant=change.request.tenant_id, verb__in=TAKEN_UP).exists()


def false_alarms() -> Iterator[str]:
    """Where nobody but Fileplan writes, no sync takes its work for somebody else's (reliability.md 5)."""
    for entry in Entry.objects.filter(verb__startswith="mirror.").exclude(verb="mirror.baselined"):
        yield f"{entry.verb}: {entry.object_name}"


def _effects(ledger: Ledger) -> "Counter[Change]":
    attempts = _attempts()
    return Counter(
        attempts[write["client-request-id"]].change for write in ledger if write["client-request-id"] in attempts
    )


def _attempts() -> dict[str, Attempt]:
    every = Attempt.objects.select_related("change__request__tenant")
    return {attempt.client_request_id: attempt for attempt in every}


Key = tuple[int, str, str]


def _key(change: Change) -> Key:
    return change.request.tenant_id, str(change.request.number), change.name


def _told() -> dict[Key, list[Entry]]:
    """What the history says of each change, oldest first. No request here holds two changes of one name."""
    told: dict[Key, list[Entry]] = {}
    pushes = Q(verb__startswith="change.") & ~Q(verb__in=TAKEN_UP)
    for entry in Entry.objects.filter(pushes, object_kind="request").select_related("chain").order_by("pk"):
        told.setdefault((entry.chain.tenant_id or 0, entry.object_key, entry.object_name), []).append(entry)
    return told
