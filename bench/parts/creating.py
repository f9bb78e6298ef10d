"""P3: carrying out approved creations in a tenant that takes its time to answer."""

from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, scaled, timed
from bench.microsoft import Microsoft
from bench.remote import sandbox
from bench.rows import connected, person
from portal.changes import actions, push
from portal.changes.models import Change, Push
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.tenants.models import Role, Tenant
from tests.changing import create
from tests.crash.scenarios import submitted

CREATES = scaled(200)
BY_HAND = scaled(40)  # with Microsoft's client; each costs the same
LATENCY = 0.1  # seconds, of every answer


def measure(folder: Path) -> Iterator[Figure]:
    with sandbox(labels=4, latency_ms=round(LATENCY * 1000)) as root:
        tenant = connected(root)
        synchronise(tenant, cause=Cause.COMMAND)
        _approve(tenant)
        ours = timed(lambda: _drain(tenant)) / CREATES
        theirs = _by_hand(root)
    what = f"{CREATES} approved creates, each sent, read back and proved, 100 ms an answer"
    yield Figure("P3", what, "", ours / LATENCY, None, "round trips a create", 3.3)
    yield Figure("P3", what, "msgraph-sdk, POST and GET", ours * 1000, theirs * 1000, "ms a create")


def _approve(tenant: Tenant) -> None:
    author, approver = (person(role, tenants=[tenant]) for role in (Role.AUTHOR, Role.APPROVER))
    tenant.refresh_from_db()
    request = submitted(tenant, author, [create(f"Bench series {number:04}") for number in range(CREATES)])
    actions.approve(request, by=approver, content_hash=request.content_hash)


def _drain(tenant: Tenant) -> None:
    """As a worker does, which is rung for again after every minute."""
    left = Change.objects.filter(request__tenant=tenant).exclude(push=Push.DONE)
    while left.exists():
        push.drain(tenant.pk)
        if left.filter(push=Push.STOPPED).exists():
            raise RuntimeError(f"A creation stopped: {left.first().message}")  # type: ignore[union-attr]


def _by_hand(root: str) -> float:
    microsoft = Microsoft(root)
    microsoft.create("Bench by hand")  # its first connection is left out

    def each() -> None:
        for number in range(BY_HAND):
            microsoft.create(f"Bench by hand {number:04}")

    return timed(each) / BY_HAND
