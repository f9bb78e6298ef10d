"""Figures for Prometheus, read from the database when they are asked for. Nobody is named; tenants are, by slug."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Count
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portal.audit import restored
from portal.audit.models import Chain, Entry
from portal.changes.models import Change, ChangeRequest
from portal.health import ages
from portal.mirror.models import SyncRun
from portal.tenants.clock import now
from portal.tenants.models import Connection, Health, Tenant

LATE = 900  # seconds an event may be due before it counts as overdue
PORTAL = "portal"

Rows = Iterable[tuple[Any, ...]]


def text() -> bytes:
    """Everything in Prometheus' text format. Raises DatabaseError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


class Figures(Collector):
    """Reads anew each time, so that every web process tells the same."""

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when it is registered."""
        return []

    def collect(self) -> Iterable[Metric]:
        yield from _work()
        yield from _tenants()
        yield from _history()
        yield _gauge("beat_age_seconds", "Since a worker last heard the timetable.", [], [_known(ages.of_timetable())])


def _work() -> Iterator[Metric]:
    requests = ChangeRequest.objects.values_list("tenant__slug", "state").annotate(Count("pk")).order_by()
    yield _gauge("requests", "Change requests by state.", ["tenant", "state"], requests)
    pushes = Change.objects.exclude(push="").values_list("request__tenant__slug", "push").annotate(Count("pk"))
    yield _gauge("changes", "Approved changes by how far they have come.", ["tenant", "push"], pushes.order_by())
    oldest = [(slug, ages.age(moment) or 0) for slug, moment in ages.oldest_due().items()]
    yield _gauge("oldest_due_seconds", "Since the oldest change has been due.", ["tenant"], oldest)
    late = _every(ages.overdue_events(LATE))
    yield _gauge("events_overdue", "Events due for more than 15 minutes.", ["tenant"], late)


def _tenants() -> Iterator[Metric]:
    mirrors = [(slug, age) for slug, age in ages.of_mirrors().items() if age is not None]
    yield _gauge("mirror_age_seconds", "Since the last complete sync.", ["tenant"], mirrors)
    runs = SyncRun.objects.order_by().values_list("tenant__slug", "state").annotate(Count("pk"))
    yield _counter("sync_runs", "Sync runs by outcome.", ["tenant", "state"], runs)
    connections = list(Connection.objects.select_related("tenant").order_by("tenant__slug"))
    moment = now()
    facts: dict[str, tuple[str, Callable[[Connection], bool]]] = {
        "connection_healthy": ("Whether Purview accepts the account.", lambda one: one.health == Health.OK),
        "circuit_open": ("Whether nothing is asked for a while, after failures.", lambda one: _is_later(one, moment)),
        "pushes_held": ("Whether somebody holds all pushes.", lambda one: one.paused_at is not None),
        "restore_held": ("Whether a restored backup waits to be confirmed.", lambda one: restored.is_held(one.tenant)),
        "lease_held": ("Whether a worker is sending.", lambda one: bool(one.lease_until and one.lease_until > moment)),
    }
    for name, (told, ask) in facts.items():
        yield _gauge(name, told, ["tenant"], [(one.tenant.slug, int(ask(one))) for one in connections])


def _history() -> Iterator[Metric]:
    chains = [(slug or PORTAL, seq) for slug, seq in Chain.objects.values_list("tenant__slug", "seq")]
    yield _gauge("chain_length", "Number of the last entry of a history.", ["chain"], chains)
    counted = Entry.objects.order_by().values_list("chain__tenant__slug", "result").annotate(Count("pk"))
    entries = [(slug or PORTAL, result, count) for slug, result, count in counted]
    yield _counter("entries", "Entries of a history by result.", ["chain", "result"], entries)


def _every(counted: dict[str, int]) -> list[tuple[str, int]]:
    """A figure for each tenant, 0 where there is none, so that an alarm has something to look at."""
    return [(slug, counted.get(slug, 0)) for slug in Tenant.objects.order_by("slug").values_list("slug", flat=True)]


def _is_later(one: Connection, moment: Any) -> bool:
    return one.closed_until is not None and one.closed_until > moment


def _known(value: int | None) -> tuple[int | float]:
    return (float("nan") if value is None else value,)


def _gauge(name: str, told: str, labels: list[str], rows: Rows) -> Metric:
    return _filled(GaugeMetricFamily(f"fileplan_{name}", told, labels=labels), rows)


def _counter(name: str, told: str, labels: list[str], rows: Rows) -> Metric:
    return _filled(CounterMetricFamily(f"fileplan_{name}", told, labels=labels), rows)


def _filled(metric: GaugeMetricFamily | CounterMetricFamily, rows: Rows) -> Metric:
    for *labels, value in rows:
        metric.add_metric([str(label) for label in labels], value)
    return metric
