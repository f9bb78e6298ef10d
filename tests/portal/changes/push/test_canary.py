"""The token goes to the configured Graph and nowhere else (S20, S21, G17), through whole syncs and pushes.

A second server listens; besides, every address that is so much as looked up is noted.
"""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.audit.models import Entry, Result
from portal.changes.models import Push
from portal.changes.objects import Wanted
from portal.changes.tasks import synchronise
from portal.mirror import kinds
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Cause, RunState
from portal.sandbox.server import Sandbox
from portal.tenants.models import Tenant
from tests.doors.world import contents
from tests.portal.changes.push.conftest import Approve, create
from tests.portal.graph.hostile import hostile_links
from tests.portal.graph.scripted import Server

REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture
def canary() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[tuple[Any, Any]]:
    """Every host and port a name was looked up for, or a connection opened to."""
    seen: set[tuple[Any, Any]] = set()
    look_up: Callable[..., Any] = socket.getaddrinfo

    def noting(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        seen.add((host, port))
        return look_up(host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    return seen


def graph(sandbox: Sandbox) -> tuple[str, int]:
    host, _colon, port = sandbox.root.removeprefix("http://").partition(":")
    return host, int(port)


def test_no_link_of_a_listing_leads_a_sync_away(
    tenant: Tenant, sandbox: Sandbox, canary: Server, asked: set[tuple[Any, Any]]
) -> None:
    before, followed = contents(), []
    for link in hostile_links(sandbox.root, canary.root):
        sandbox.faults([{"path": "retentionLabels$", "effect": "next_link", "url": link}])
        run = synchronise(tenant, cause=Cause.COMMAND)
        entry = Entry.objects.order_by("pk").last()
        assert run is not None
        assert entry is not None
        if (run.state, entry.verb, entry.result) != (RunState.INCOMPLETE, "sync.incomplete", Result.ERROR):
            followed.append(link)

    assert (followed, canary.connections, asked) == ([], 0, {graph(sandbox)})
    assert {table for table, rows in contents().items() if rows != before[table]} == {"mirror_syncrun"}


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.listed()])
def test_no_listing_of_any_kind_is_led_away(kind: str, tenant: Tenant, sandbox: Sandbox, canary: Server) -> None:
    path = kinds.of(kind).path.rpartition("/")[2]
    sandbox.faults([{"path": f"{path}$", "effect": "next_link", "url": f"{canary.root}/v1.0/{path}"}])

    run = synchronise(tenant, cause=Cause.COMMAND)

    assert run is not None
    assert (run.state, canary.connections) == (RunState.INCOMPLETE, 0)


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_leads_a_sync_away(
    status: int, tenant: Tenant, sandbox: Sandbox, canary: Server, asked: set[tuple[Any, Any]]
) -> None:
    sandbox.faults([{"effect": "redirect", "location": f"{canary.root}/v1.0/", "status": status}])

    run = synchronise(tenant, cause=Cause.COMMAND)

    assert run is not None
    assert (run.state, canary.connections, asked) == (RunState.INCOMPLETE, 0, {graph(sandbox)})


@pytest.mark.parametrize("status", [302, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_no_redirect_leads_a_push_away(
    method: str,
    status: int,
    tenant: Tenant,
    sandbox: Sandbox,
    canary: Server,
    asked: set[tuple[Any, Any]],
    approve: Approve,
    drain: Callable[[], None],
    label: Document,
) -> None:
    """What was redirected is not believed to be done (reliability.md 3, rule 6)."""
    row = kinds.of("retentionLabel").rows(tenant).first()
    assert row is not None
    clearer = {**row.document, "descriptionForUsers": "Clearer."}
    request = approve(create(label), Wanted(row.kind, Action.UPDATE, row.document, clearer, row.graph_id))
    location = f"{canary.root}/v1.0/security/labels/retentionLabels"
    sandbox.faults([{"method": method, "effect": "redirect", "location": location, "status": status}])

    drain()

    done = set(request.changes.filter(push=Push.DONE).values_list("action", flat=True))
    assert (canary.connections, asked) == (0, {graph(sandbox)})
    assert done == {"GET": set(), "POST": {Action.UPDATE}, "PATCH": {Action.CREATE}}[method]
