"""How fresh the mirror is, and how its runs went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from portal.mirror.models import RunState, SyncRun
from portal.mirror.sync import freshness, running
from portal.tenants.models import Connection, Health, Tenant

GRACE = 60  # seconds a run may take before two missed ones count as late
RECENT = 24


@dataclass(frozen=True)
class Pulse:
    """The mirror of one tenant. Everything is read when it is first asked for."""

    tenant: Tenant

    @cached_property
    def run(self) -> SyncRun | None:
        """The last complete run."""
        return freshness(self.tenant)

    @property
    def is_late(self) -> bool:
        """Whether the mirror is older than two runs of the timetable should leave it."""
        allowed = timedelta(seconds=2 * settings.SYNC_EVERY + GRACE)
        return self.run is None or timezone.now() - self.run.started_at > allowed

    @cached_property
    def recent(self) -> list[SyncRun]:
        """The last runs that ended, oldest first."""
        ended = self.tenant.sync_runs.exclude(state=RunState.RUNNING)
        return list(ended.order_by("-started_at", "-pk")[:RECENT])[::-1]

    @property
    def complete(self) -> int:
        """How many of the recent runs were complete."""
        return sum(run.state == RunState.COMPLETE for run in self.recent)

    @property
    def failed(self) -> SyncRun | None:
        """The last run, if it was not complete."""
        last = self.recent[-1] if self.recent else None
        return last if last and last.state == RunState.INCOMPLETE else None

    @cached_property
    def running(self) -> SyncRun | None:
        """The run under way, if any."""
        return running(self.tenant)

    @property
    def next_at(self) -> datetime | None:
        """When the timetable is due again; none when that moment has passed, or before the first run."""
        if not self.recent:
            return None
        due = self.recent[-1].started_at + timedelta(seconds=settings.SYNC_EVERY)
        return due if due > timezone.now() else None

    @cached_property
    def held(self) -> Connection | None:
        """The tenant's connection while it is on hold."""
        return Connection.objects.filter(tenant=self.tenant, health=Health.HELD).first()


@dataclass(frozen=True)
class Asked:
    """A run that somebody asked for. `after`: key of the newest run at that moment; `at`: a Unix time; 0 is nobody."""

    after: int = 0
    at: int = 0

    PATIENCE = 60  # seconds a page waits for a worker to begin

    @classmethod
    def of(cls, after: str, at: str) -> "Asked":
        """As the address of a poll says it; what cannot be read is nobody."""
        digits = after + at
        if not (after and at and digits.isascii() and digits.isdigit() and len(digits) <= 30):
            return cls()
        return cls(int(after), int(at))

    def has_begun(self, tenant: Tenant) -> bool:
        """Whether a run has begun since."""
        return tenant.sync_runs.filter(pk__gt=self.after).exists()

    def waits(self, tenant: Tenant) -> bool:
        """Whether a worker may still be on its way."""
        return bool(self.at) and not self.has_begun(tenant) and timezone.now().timestamp() - self.at < self.PATIENCE

    def waits_in_vain(self, tenant: Tenant) -> bool:
        """Whether no worker has come for a minute."""
        return bool(self.at) and not self.has_begun(tenant) and not self.waits(tenant)
