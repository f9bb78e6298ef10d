"""What every step works with, and the ends that several of them have."""

from datetime import timedelta
from typing import NamedTuple

from portal.changes.models import Change, Push, Why
from portal.changes.push import binding, judging, order
from portal.changes.push.lease import Lease
from portal.changes.push.moves import SETTLE, move, stop
from portal.changes.threeway import changed_fields
from portal.graph.client import Client
from portal.graph.errors import Rejected
from portal.mirror.kinds import Kind, Raw
from portal.mirror.listing import fetch, path_of
from portal.tenants import clock, connection
from portal.tenants.models import Tenant


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
    def needs_something_new(self) -> bool:
        """Whether something it needs was created so lately that Graph may not know it everywhere yet (rule 2)."""
        return order.needs_something_new(self.change, younger_than=SETTLE)

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


def incident(step: Step, raw: Raw, *, source: Push) -> None:
    """What happens once came about otherwise than it was approved: a person must see to it (contract 3.4)."""
    change = step.change
    differing = changed_fields(change.after or {}, step.kind.document(raw))
    message = judging.mismatch(change, differing)
    stop(change, step.lease, Why.MISMATCH, message, source=source, target=str(raw.get("id", "")))
