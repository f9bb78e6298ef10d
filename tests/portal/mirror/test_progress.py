import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.mirror import kinds
from portal.mirror.models import RunState, Staged, SyncRun
from portal.mirror.progress import so_far
from portal.tenants.models import Tenant
from tests.changing import ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tenant: Tenant) -> SyncRun:
    return ran(tenant, RunState.RUNNING)


def stage(run: SyncRun, kind: str, count: int) -> None:
    for number in range(count):
        Staged.objects.create(run=run, kind=kind, graph_id=f"id-{number}", raw={}, read_at=timezone.now())


def test_so_far_of_a_run_that_just_began(run: SyncRun) -> None:
    found = so_far(run)

    assert (found.listed, found.objects, found.reached, found.kinds) == ((), 0, 1, len(kinds.listed()))


def test_so_far_counts_the_kinds_in_the_order_they_are_listed(run: SyncRun) -> None:
    first, second, third, *_rest = kinds.listed()
    stage(run, third.name, 1)
    stage(run, first.name, 2)

    found = so_far(run)

    assert found.listed == ((str(first.plural), 2), (str(second.plural), 0), (str(third.plural), 1))
    assert (found.objects, found.reached) == (3, 3)


def test_so_far_takes_one_query(run: SyncRun) -> None:
    stage(run, "authority", 3)

    with CaptureQueriesContext(connection) as asked:
        so_far(run)

    assert len(asked) == 1
