"""The rules of what is gone, for any mirror and any answers (G12)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.graph.errors import GraphError, NotSent, Rejected, Throttled, Unreadable
from portal.mirror import gone, kinds, staging, sync
from portal.mirror.kinds import Raw
from portal.mirror.listing import Seen
from portal.mirror.models import Cause, Mirrored, RunState
from portal.tenants import clock
from portal.tenants.models import Connection, Tenant
from tests.factories import make_tenant

READ_AT = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANSWERS: dict[str, GraphError | None] = {
    "there": None,
    "404": Rejected("404", status=404),
    **{str(status): Rejected(str(status), status=status) for status in (400, 401, 403, 409, 410, 423)},
    "429": Throttled("429", status=429),
    "500": Unreadable("500", status=500),
    "lost": NotSent("Refused"),
}


@dataclass(frozen=True)
class Case:
    """One department: whether it is listed, its age in seconds at the run, whether a push writes it, what GET says."""

    listed: bool
    age: int
    busy: bool
    answer: str


cases = st.lists(
    st.builds(Case, st.booleans(), st.sampled_from([0, 59, 60, 7200]), st.booleans(), st.sampled_from(list(ANSWERS))),
    min_size=1,
    max_size=8,
)


def row_of(tenant: Tenant, number: int, seen_at: datetime) -> Mirrored:
    kind = kinds.of("department")
    raw: Raw = {"id": f"id-{number}", "displayName": f"Department {number}"}
    return sync.store.keep(kind, tenant, raw, read_at=seen_at, agreed=kind.document(raw))


@pytest.mark.django_db
@MANY
@given(cases=cases)
def test_a_row_is_gone_only_if_it_is_missing_old_idle_and_not_found(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant()
    Connection.objects.create(tenant=tenant)
    monkeypatch.setattr(gone, "FAILURES", 100)
    run = sync.start(tenant, cause=Cause.COMMAND)
    assert run is not None
    rows = [row_of(tenant, at, run.started_at - timedelta(seconds=case.age)) for at, case in enumerate(cases)]
    busy = {gone.key_of(row) for row, case in zip(rows, cases, strict=True) if case.busy}
    answers = {row.graph_id: (row.raw, ANSWERS[case.answer]) for row, case in zip(rows, cases, strict=True)}

    def fetch(client: object, kind: object, graph_id: str, **options: object) -> Raw:
        raw, error = answers[graph_id]
        if error is not None:
            raise error
        return dict(raw)

    monkeypatch.setattr(gone, "fetch", fetch)
    listed = {row.graph_id: Seen(row.raw, clock.now()) for row, case in zip(rows, cases, strict=True) if case.listed}
    staging.put(run, kinds.of("department"), listed)

    absence = gone.absence_of(run, tenant, busy)
    gone.look(run, absence, None)  # type: ignore[arg-type]
    sync.write(run, lambda tenant: busy, absence)

    missing = [case for case in cases if not case.listed and not case.busy and case.age >= 60]
    held = bool(missing) and (not listed or gone.is_too_many(len(missing), len(cases)))
    wanted = [at for at, case in enumerate(cases) if case in missing and case.answer == "404" and not held]
    run.refresh_from_db()
    found = kinds.of("department").rows(tenant).filter(gone_at__isnull=False)
    assert sorted(row.graph_id for row in found) == sorted(f"id-{at}" for at in wanted)
    assert (run.state, run.gone, run.is_held) == (RunState.COMPLETE, len(wanted), held)
    assert kinds.of("department").rows(tenant).count() == len(cases)


@given(missing=st.integers(0, 5000), known=st.integers(0, 5000))
def test_too_many_is_never_less_than_fewer(missing: int, known: int) -> None:
    """More missing, or fewer known, never makes it less doubtful; twenty-one always is."""
    many = gone.is_too_many(missing, known)

    assert not many or gone.is_too_many(missing + 1, known)
    assert not many or gone.is_too_many(missing, max(known - 1, 0))
    assert many or missing <= 20
    assert many or missing <= max(1, known / 10)


@given(
    seen=st.integers(0, 600),
    read=st.integers(0, 600),
    gone_for=st.none() | st.integers(0, 600),
)
def test_an_older_page_never_replaces_what_is_known(seen: int, read: int, gone_for: int | None) -> None:
    """`seen_at` decides, and SETTLE after a deletion; at the same moment the page counts."""
    row = kinds.of("department").model(
        seen_at=READ_AT + timedelta(seconds=seen),
        gone_at=None if gone_for is None else READ_AT + timedelta(seconds=gone_for),
    )
    staged = sync.Staged(read_at=READ_AT + timedelta(seconds=read))

    older = sync._is_older(staged, row)

    settling = gone_for is not None and gone_for + 60 > read
    assert older == (seen > read or settling)


@pytest.mark.django_db
@settings(MANY, max_examples=15)
@given(order=st.permutations(range(6)), repeated=st.integers(0, 5))
def test_the_order_of_pages_and_objects_that_come_twice_change_nothing(order: list[int], repeated: int) -> None:
    tenant = make_tenant()
    run = sync.start(tenant, cause=Cause.COMMAND)
    assert run is not None
    kind = kinds.of("department")
    for at in [*order, repeated]:
        raw = {"id": f"id-{at}", "displayName": f"Department {at}"}
        staging.put(run, kind, {raw["id"]: Seen(raw, READ_AT)})

    sync.write(run, lambda tenant: set(), gone.absence_of(run, tenant, set()))

    assert sorted(kind.rows(tenant).values_list("graph_id", "display_name")) == [
        (f"id-{at}", f"Department {at}") for at in range(6)
    ]
