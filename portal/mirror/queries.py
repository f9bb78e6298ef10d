"""How fresh the mirror is, and how its runs went."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from portal.mirror import kinds
from portal.mirror.models import Mirrored, MirroredQuerySet, RunState, SyncRun
from portal.mirror.sync import freshness, retry_at, running
from portal.tenants import connection
from portal.tenants.accounts.watch import ends_soon
from portal.tenants.models import Account, Connection, Health, Tenant

GRACE = 60  # seconds a run may take before two missed ones count as late
RECENT = 24
LATELY = timedelta(days=7)  # how long the desk tells what was deleted outside


def missing_rows(run: SyncRun) -> list[Mirrored]:
    """What a held run lacked, by kind and name."""
    wanted: dict[str, list[str]] = {}
    for kind, graph_id in run.missing:
        wanted.setdefault(kind, []).append(graph_id)
    found = [row for kind, ids in wanted.items() for row in kinds.of(kind).rows(run.tenant).filter(graph_id__in=ids)]
    return sorted(found, key=lambda row: (row.kind, row.display_name))


def gone_outside(tenant: Tenant) -> list[Mirrored]:
    """What was agreed on and found gone in the last days, newest first; what a change deleted is agreed on no more."""
    models = {kind.model for kind in kinds.listed()}
    rows: list[MirroredQuerySet[Mirrored]] = [MirroredQuerySet(model).filter(tenant=tenant) for model in models]
    lately = [row for one in rows for row in one.filter(gone_at__gte=timezone.now() - LATELY, agreed__isnull=False)]
    return sorted(lately, key=lambda row: row.gone_at or row.seen_at, reverse=True)


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

    @cached_property
    def waits_until(self) -> datetime | None:
        """Until when the tenant is not asked: it did not answer lately, or asked to wait."""
        return connection.waits_until(self.tenant)

    @cached_property
    def next_at(self) -> datetime | None:
        """When a run is due again; none when that moment has passed, or before the first run."""
        if not self.recent:
            return None
        due = self.recent[-1].started_at + timedelta(seconds=settings.SYNC_EVERY)
        again = retry_at(self.tenant) if self.failed else None
        soonest = min(due, again or due)
        allowed = max(soonest, self.waits_until or soonest)
        return allowed if allowed > timezone.now() else None

    @property
    def missing(self) -> SyncRun | None:
        """The last complete run, while what it lacked waits for an administrator's word."""
        return self.run if self.run and self.run.is_held else None

    @cached_property
    def missing_rows(self) -> list[tuple[str, Mirrored]]:
        """What that run lacked, each with what it is called."""
        rows = missing_rows(self.missing) if self.missing else []
        return [(str(kinds.of(row.kind).noun), row) for row in rows]

    @cached_property
    def gone_outside(self) -> list[Mirrored]:
        """What was lately deleted outside Fileplan."""
        return gone_outside(self.tenant)

    @property
    def troubles(self) -> int:
        """How much of this needs a person."""
        missing = bool(self.missing) + len(self.gone_outside)
        waits = bool(self.held) + bool(self.paused) + bool(self.ends_on)
        return waits + bool(self.failed or self.is_late) + missing

    @cached_property
    def ends_on(self) -> date | None:
        """The last day of what the portal proves itself to Microsoft with, once that is near."""
        account = Account.objects.filter(tenant=self.tenant).exclude(cache="").first()
        return account.ends_on if account and ends_soon(account) else None

    @cached_property
    def connection(self) -> Connection | None:
        return Connection.objects.filter(tenant=self.tenant).select_related("paused_by").first()

    @property
    def held(self) -> Connection | None:
        """The tenant's connection while it is on hold."""
        return self.connection if self.connection and self.connection.health == Health.HELD else None

    @property
    def paused(self) -> Connection | None:
        """The tenant's connection while a person holds all pushes."""
        return self.connection if self.connection and self.connection.paused_at else None


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
