"""One write: an attempt row, the request, its outcome. HTTP happens between two short transactions."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Max
from django.utils.translation import gettext as _

from portal.audit import canonical, checkpoints, trail
from portal.audit.models import Entry
from portal.changes.approvals import Unapproved, must_be_approved
from portal.changes.models import Attempt, Change, Push, Why
from portal.changes.push.deadline import deadline
from portal.changes.push.lease import NEEDED_TO_SEND, Lease, Lost
from portal.changes.push.moves import MOST_SENDS, SERVICE, backoff, doubt, stop, wait
from portal.graph.answers import Answer
from portal.graph.client import Client
from portal.graph.errors import GraphError, NotSent, Rejected, Throttled, UnsafeLink, Waiting
from portal.mirror.kinds import Document, Raw
from portal.tenants import clock, connection

log = logging.getLogger("portal.changes.push")

AT_MOST = NEEDED_TO_SEND - timedelta(seconds=15)  # from before the lease is renewed until the outcome is kept


@dataclass(frozen=True)
class Write:
    """One request to be sent, and the document that its body amounts to."""

    method: str
    path: str
    body: Raw | None
    document: Document | None


def send(change: Change, lease: Lease, graph: Client, write: Write) -> Answer | Rejected | None:
    """Send one write of a ready change. Returns the answer, or a refusal for its caller to judge.

    None: the change has been put off, is unsure or stopped, and its row says so. Raises Lost, or Unapproved before
    anything left.
    """
    if change.sends >= MOST_SENDS:
        stop(
            change,
            lease,
            Why.HELD,
            _("It was sent %(n)d times without an answer.") % {"n": change.sends},
            source=Push.READY,
        )
        return None
    with deadline(AT_MOST.total_seconds()):
        return _exchange(change, lease, graph, write)


def _exchange(change: Change, lease: Lease, graph: Client, write: Write) -> Answer | Rejected | None:
    lease.renew()
    attempt, entry = _begin(change, lease, write)
    try:
        # A database that is restored from before this must find out that it was sent (C17).
        checkpoints.mark(entry.chain.name, entry.seq, entry.link)
    except OSError:
        _not_marked(change, lease, attempt)
        return None
    try:
        answer = graph.send(write.method, write.path, write.body, client_request_id=attempt.client_request_id)
    except (NotSent, UnsafeLink) as exc:
        _not_sent(change, lease, attempt, exc)
    except Throttled as exc:
        _throttled(change, lease, attempt, exc)
    except Rejected as exc:
        return _refused(change, lease, attempt, exc)
    except GraphError as exc:
        _unsure(change, lease, attempt, exc)
    else:
        connection.worked(change.request.tenant)
        _finish(attempt, "answered", status=answer.status, support=answer.request_id)
        return answer
    return None


def _begin(change: Change, lease: Lease, write: Write) -> tuple[Attempt, Entry]:
    """Check once more that exactly this was approved, and leave a row that says what is on its way (rule 3).

    Returns it with the entry that tells of it.
    """
    with lease.holding():
        _must_be_approved(change, write)
        sent = Change.objects.filter(pk=change.pk, push=Push.READY).update(
            push=Push.SENDING, sends=change.sends + 1, message="", support="", not_before=None
        )
        if not sent:
            raise Lost
        last = change.attempts.aggregate(last=Max("n"))["last"] or 0
        attempt = Attempt.objects.create(
            change=change,
            n=last + 1,
            fence=lease.fence,
            method=write.method,
            path=write.path[:500],
            body_hash=canonical.sha256(write.body) if write.body is not None else "",
            document_hash=canonical.sha256(write.document) if write.document is not None else "",
            client_request_id=str(uuid4()),
            started_at=clock.now(),
        )
        entry = trail.record(
            change,
            "change.sending",
            service=SERVICE,
            changes={"push": [Push.READY.value, Push.SENDING.value]},
            attempt=attempt.n,
            method=write.method,
            path=write.path,
            body=attempt.body_hash,
            document=attempt.document_hash,
            content=change.request.content_hash,
            client_request_id=attempt.client_request_id,
        )
    change.refresh_from_db()
    return attempt, entry


def _must_be_approved(change: Change, write: Write) -> None:
    """G1: the request is approved, by enough people, with this content, and the body says what they read."""
    must_be_approved(change)
    if change.held_until is not None and change.held_until > clock.now():
        raise Unapproved(_("Its waiting period is not over."))
    if connection.is_held(change.request.tenant):
        raise Lost
    if write.document != change.after:
        raise Unapproved(_("The request to Purview would not say what was approved."))


def _finish(attempt: Attempt, outcome: str, *, status: int | None, support: str, message: str = "") -> None:
    Attempt.objects.filter(pk=attempt.pk, outcome="").update(
        outcome=outcome, status=status, support=support[:80], message=message[:1000], finished_at=clock.now()
    )


def _end(attempt: Attempt, outcome: str, exc: GraphError) -> None:
    _finish(attempt, outcome, status=exc.status, support=exc.request_id, message=exc.message or str(exc))


def _not_marked(change: Change, lease: Lease, attempt: Attempt) -> None:
    log.exception("The checkpoint folder cannot be written, so nothing is sent; change %s waits", change.pk)
    reason = _("Nothing was sent: the checkpoint folder cannot be written. Whoever runs Fileplan must look at it.")
    _finish(attempt, "not_sent", status=None, support="", message=reason)
    _wait_uncounted(change, lease, backoff(change.sends), reason, "")


def _not_sent(change: Change, lease: Lease, attempt: Attempt, exc: GraphError) -> None:
    _end(attempt, "not_sent", exc)
    connection.failed(change.request.tenant)
    reason = _("Purview could not be reached. Nothing was sent.")
    wait(change, lease, source=Push.SENDING, target=Push.READY, until=backoff(change.sends), reason=reason, support="")


def _throttled(change: Change, lease: Lease, attempt: Attempt, exc: GraphError) -> None:
    _end(attempt, "not_sent" if isinstance(exc, Waiting) else "throttled", exc)
    connection.heed(change.request.tenant, exc)
    until = backoff(change.sends, at_least=exc.retry_after)
    reason = _("Purview asked to wait.")
    _wait_uncounted(change, lease, until, reason, exc.request_id)  # throttling only delays (G14)


def _refused(change: Change, lease: Lease, attempt: Attempt, exc: Rejected) -> Rejected | None:
    _end(attempt, "refused", exc)
    connection.worked(change.request.tenant)
    if not exc.denied:
        return exc
    connection.hold(change.request.tenant, exc)
    reason = _("Purview refused the connected account, not this change.")
    until = clock.now() + timedelta(seconds=1)
    _wait_uncounted(change, lease, until, reason, exc.request_id)
    return None


def _wait_uncounted(change: Change, lease: Lease, until: datetime, reason: str, support: str) -> None:
    wait(
        change,
        lease,
        source=Push.SENDING,
        target=Push.READY,
        until=until,
        reason=reason,
        support=support,
        uncounted=True,
    )


def _unsure(change: Change, lease: Lease, attempt: Attempt, exc: GraphError) -> None:
    _end(attempt, "unsure", exc)
    connection.failed(change.request.tenant)
    connection.heed(change.request.tenant, exc)
    reason = _("The outcome is unknown. It is looked up before anything is sent again.")
    doubt(change, lease, reason, support=exc.request_id, what=str(exc))
