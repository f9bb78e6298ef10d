"""A tenant whose Graph is the sandbox, over real HTTP, and requests that were really approved."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from labels.document import blank
from portal.changes import actions, push
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.changes.push import order
from portal.changes.push.steps import reading_back, step
from portal.changes.tasks import synchronise
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Person, Role, Tenant
from tests.factories import make_person, make_tenant

DAYS = "#microsoft.graph.security.retentionDurationInDays"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=12) as served:
        yield served


@pytest.fixture
def tenant(db: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """Mirrored once, so that a baseline stands. Nothing takes time to settle, and nobody rings for a worker."""
    made = make_tenant(slug="harrow-vale", name="Harrow Vale", sandbox_root=sandbox.root)
    Connection.objects.get_or_create(tenant=made)
    synchronise(made, cause=Cause.COMMAND)
    monkeypatch.setattr(step, "SETTLE", timedelta(0))
    monkeypatch.setattr(reading_back, "SHORTLY", timedelta(0))
    made.refresh_from_db()
    return made


@pytest.fixture
def label() -> Document:
    """A plain label: three years from creation, then deleted."""
    return {
        **blank(),
        "displayName": "FIN Travel claims 3y",
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": {"@odata.type": DAYS, "days": 1096},
    }


Approve = Callable[..., ChangeRequest]


@pytest.fixture
def approve(tenant: Tenant, author: Person, approver: Person, second_approver: Person) -> Approve:
    """Draft, submit and approve what is wanted, confirming every point that asks for it."""

    def approve(*wanted: Wanted) -> ChangeRequest:
        request = submitted(tenant, author, wanted)
        for person in (approver, second_approver)[: request.approvals_wanted]:
            actions.approve(request, by=person, content_hash=request.content_hash)
        return request

    return approve


def submitted(tenant: Tenant, author: Person, wanted: Any) -> ChangeRequest:
    request = actions.draft(tenant, by=author, title="A test", reason="The schedule says so.", wanted=wanted)
    confirmed = [replace(one, acknowledged=dict.fromkeys(needed(request, one), "")) for one in wanted]
    actions.edit(request, by=author, content_hash=request.content_hash, wanted=confirmed)
    actions.submit(request, by=author, content_hash=request.content_hash)
    return request


def needed(request: ChangeRequest, wanted: Wanted) -> list[str]:
    name = (wanted.after or wanted.base or {})["displayName"]
    return [finding["rule"] for change in request.changes.filter(name=name) for finding in change.unconfirmed]


def create(document: Document, kind: str = "retentionLabel") -> Wanted:
    return Wanted(kind, Action.CREATE, None, document)


@pytest.fixture
def drain(tenant: Tenant) -> Callable[[], None]:
    """Let a worker work until nothing is due."""

    def drain() -> None:
        for _ in range(12):
            push.drain(tenant.pk)
            if order.next_due(tenant) is None:
                return

    return drain


@pytest.fixture
def third_approver(tenant: Tenant) -> Person:
    return make_person(Role.APPROVER, tenant=tenant, name="Di Approver", email="di@harrow.test")
