"""What a restored backup lost, and what the tenant holds that this database does not know."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from portal.audit import restored
from portal.audit.models import Entry, Restoration
from portal.audit.trail import PORTAL, chain_name
from portal.audit.verify_audit import CONFIRMED, NOTICED
from portal.changes.drift import cases
from portal.changes.drift.cases import Case
from portal.changes.models import OPEN, Change, ChangeRequest, Push
from portal.mirror import kinds, markers
from portal.mirror.kinds import Action
from portal.mirror.models import Mirrored, RunState, SyncRun
from portal.mirror.queries import gone_outside
from portal.tenants.models import Tenant

SHOWN = 100


class Missing(NamedTuple):
    """Entries of a chain that are known outside this database alone. `of_portal`: of the portal's own history."""

    of_portal: bool
    first: int
    last: int


@dataclass(frozen=True)
class Found:
    """One object that is not as this database agreed it. `requests` are open and would make or change it again."""

    row: Mirrored
    requests: tuple[ChangeRequest, ...]
    bears_unknown_marker: bool

    @property
    def noun(self) -> str:
        return str(kinds.of(self.row.kind).noun)

    @property
    def is_new(self) -> bool:
        return self.row.agreed is None


@dataclass(frozen=True)
class Look:
    """What an administrator looks at before a tenant goes on. Everything is read when it is first asked for."""

    tenant: Tenant

    @cached_property
    def restoration(self) -> Restoration | None:
        """What waits to be confirmed; None when nothing does."""
        return restored.pending(self.tenant)

    @cached_property
    def run(self) -> SyncRun | None:
        """The last complete run that began after the restore was noticed: it has listed what the tenant holds."""
        if self.restoration is None:
            return None
        since = self.tenant.sync_runs.filter(state=RunState.COMPLETE, started_at__gt=self.restoration.noticed_at)
        return since.first()

    @cached_property
    def missing(self) -> list[Missing]:
        """The entries that the restored histories lost, as far as they are known outside."""
        gaps = [(entry, json.loads(entry.body)["facts"].get("gap")) for entry in self._noticed]
        return [Missing(entry.chain.name == PORTAL, gap["after"] + 1, gap["seen"]["seq"]) for entry, gap in gaps if gap]

    @cached_property
    def found(self) -> list[Found]:
        """What the tenant holds that was never agreed on, or is not as it was: those that would be made twice first."""
        listed = cases.cases(self.tenant, cases.listed(self.tenant)[:SHOWN], sees=False)
        every = [self._found(case) for case in listed]
        return sorted(every, key=lambda one: (not one.requests, not one.bears_unknown_marker))

    @cached_property
    def count(self) -> int:
        """How many there are, also those that are not listed."""
        return cases.count(self.tenant)

    @cached_property
    def gone(self) -> list[Mirrored]:
        """What this database agreed on and the tenant no longer holds."""
        return gone_outside(self.tenant)

    def opened(self, *, of_portal: bool) -> list[int]:
        """The numbers of the entries that noticed it, of the tenant's history or of the portal's."""
        return [entry.seq for entry in self._noticed if (entry.chain.name == PORTAL) == of_portal]

    @cached_property
    def _noticed(self) -> list[Entry]:
        """What noticed a restore in the tenant's history and in the portal's, and was not confirmed since."""
        told = Entry.objects.filter(chain__name__in=(PORTAL, chain_name(self.tenant.pk)))
        entries = told.filter(verb__in=(NOTICED, CONFIRMED)).select_related("chain").order_by("chain", "seq")
        confirmed = {
            (entry.chain_id, seq)
            for entry in entries
            if entry.verb == CONFIRMED
            for seq in json.loads(entry.body)["facts"]["opened"]
        }
        return [one for one in entries if one.verb == NOTICED and (one.chain_id, one.seq) not in confirmed]

    @cached_property
    def _wanted(self) -> dict[tuple[str, str], list[ChangeRequest]]:
        """The open requests that create something, by kind and folded name and by kind and marker."""
        creating = Change.objects.filter(request__tenant=self.tenant, request__state__in=OPEN, action=Action.CREATE)
        creating = creating.exclude(push__in=(Push.DONE, Push.CANCELLED))
        by: dict[tuple[str, str], list[ChangeRequest]] = {}
        for change in creating.select_related("request__tenant"):
            for known_by in filter(None, (kinds.folded(change.name), change.marker)):
                by.setdefault((change.kind, known_by), []).append(change.request)
        return by

    @cached_property
    def _markers(self) -> set[str]:
        """Every marker this database gave to something of the tenant."""
        mine = Change.objects.filter(request__tenant=self.tenant)
        return {marker for marker in mine.values_list("marker", flat=True) if marker}

    def _found(self, case: Case) -> Found:
        row, marker = case.row, markers.of(case.row.document)
        twins = self._wanted.get((row.kind, kinds.folded(row.display_name)), []) + self._wanted.get(
            (row.kind, marker), []
        )
        requests = tuple(dict.fromkeys([*case.requests, *twins]))
        return Found(row, requests, bool(marker) and marker not in self._markers)
