"""The promises of reliability.md section 1, checked on what a killed and a recovered worker left behind."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import requests

from portal.audit import canonical
from portal.audit.models import Chain, Entry
from portal.audit.verify import verify
from portal.changes import actions
from portal.changes.content import content_hash
from portal.changes.models import Attempt, Change, ChangeRequest, Push
from portal.changes.tasks import synchronise
from portal.mirror import kinds
from portal.mirror.models import Cause
from portal.tenants.models import Tenant


def broken(sandbox: str) -> Iterator[str]:
    """Every promise that does not hold, in words."""
    ledger = requests.get(f"{sandbox}/sandbox/ledger", timeout=10).json()
    yield from unfinished()
    yield from unapproved(ledger)
    yield from repeated(ledger)
    yield from blind()
    yield from untold()
    yield from unlike()


def unfinished() -> Iterator[str]:
    """G2, G3: everything approved happened."""
    for change in Change.objects.exclude(push=Push.DONE):
        yield f"{change} is {change.push} {change.why}: {change.message}"


def unapproved(ledger: list[dict[str, Any]]) -> Iterator[str]:
    """G1: every accepted write belongs to an attempt whose body says what was approved."""
    request = ChangeRequest.objects.get()
    if content_hash(request) != request.content_hash or actions.approvals_missing(request):
        yield "the request is not the one that was approved"
    attempts = {attempt.client_request_id: attempt for attempt in Attempt.objects.select_related("change")}
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


def repeated(ledger: list[dict[str, Any]]) -> Iterator[str]:
    """G2: one effect for each change."""
    if len(ledger) != Change.objects.count():
        yield f"{len(ledger)} writes were accepted for {Change.objects.count()} changes"


def blind() -> Iterator[str]:
    """G4: no POST is repeated without two complete look-ups that did not find it."""
    for change in Change.objects.filter(action=kinds.Action.CREATE):
        verbs = [entry.verb for entry in _entries(change)]
        sends = [n for n, verb in enumerate(verbs) if verb == "change.sending"]
        for first, second in pairwise(sends):
            if verbs[first:second].count("change.looked_up") < 2:
                yield f"{change} was sent again after {verbs[first:second]}"


def untold() -> Iterator[str]:
    """G6: the states told in the history lead, step by step, to the state that is stored; and the chains verify."""
    for change in Change.objects.all():
        state = Push.READY.value
        for entry in _entries(change):
            before, after = json.loads(entry.body)["changes"].get("push", [state, state])
            if before != state:
                yield f"{change} went from {state}, the history says {before}"
            state = after
        if state != change.push:
            yield f"{change} is {change.push}, the history says {state}"
    for chain in Chain.objects.all():
        verdict = verify(chain)
        if not verdict.is_unbroken:
            yield f"chain {verdict.chain} is broken at {verdict.broken_at}"


def unlike() -> Iterator[str]:
    """The mirror is what the tenant holds, and what was agreed."""
    tenant = Tenant.objects.get()
    Change.objects.update(not_before=None)
    synchronise(tenant, cause=Cause.COMMAND)
    run = tenant.sync_runs.first()
    if run is None or run.state != "complete" or run.created or run.changed:
        yield f"the mirror differed from the tenant: {run.created} new, {run.changed} changed" if run else "no sync"
    for kind in kinds.every():
        for row in kind.rows(tenant).drifted():
            yield f"{row} is not what was agreed"


def _entries(change: Change) -> list[Entry]:
    return list(Entry.objects.filter(verb__startswith="change.", object_name=change.name).order_by("pk"))
