"""What the push code has sent, read back with Microsoft's own client: a reading of Graph that is not ours."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from events.models import RetentionEvent
from portal.changes.models import Push
from portal.mirror import markers
from portal.sandbox.server import Sandbox
from tests.happening import created, event
from tests.portal.changes.push.conftest import Approve
from tests.portal.sandbox.test_msgraph_sdk import Asked, expand

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def sdk(sandbox: Sandbox) -> Iterator[Any]:
    with asyncio.Runner() as runner:
        asked: Any = Asked(sandbox, runner)  # type: ignore[no-untyped-call]
        yield asked
        asked.close()


def test_microsofts_client_reads_the_event_that_was_approved(
    sandbox: Sandbox, approve: Approve, drain: Callable[[], None], sdk: Any
) -> None:
    """Two files and a message, one of them with spaces; the day begins an hour before that of UTC."""
    queries = [
        {"queryType": "files", "query": 'ComplianceAssetID:4711 ComplianceAssetID:"Desk 12"'},
        {"queryType": "messages", "query": '"4711" OR "case 12"'},
    ]
    wanted = event("Départ de Zoë 4711", queries=queries, day=date(2026, 12, 1), zone="Europe/Berlin")
    request = approve(created(wanted))
    drain()
    assert request.changes.get().push == Push.DONE

    one = sdk.events.by_retention_event_id(RetentionEvent.objects.get().graph_id)
    read = sdk.run(one.get(expand(one, "retentionEventType")))  # type: ignore[no-untyped-call]

    assert (read.display_name, read.description) == (wanted["displayName"], wanted["description"])
    assert markers.of({"displayName": read.display_name}) == request.changes.get().marker
    assert read.retention_event_type.display_name == "Employee separation"
    assert read.event_trigger_date_time == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert [(query.query_type.value, query.query) for query in read.event_queries] == [
        (query["queryType"], query["query"]) for query in queries
    ]


def test_microsofts_client_finds_one_event_for_one_approval(
    sandbox: Sandbox, approve: Approve, drain: Callable[[], None], sdk: Any
) -> None:
    """Also when the answer to the creation was lost."""
    sandbox.faults([{"method": "POST", "path": "retentionEvents$", "effect": "apply_then_drop", "times": 1}])
    wanted = event()

    approve(created(wanted))
    drain()

    assert [one.display_name for one in sdk.everything(sdk.events)] == [wanted["displayName"]]
