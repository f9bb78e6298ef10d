"""Someone works in Purview, a sync finds it, people decide, and the tenant is again what was agreed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from labels.models import RetentionLabel
from portal.changes import push
from portal.changes.drift import cases
from portal.changes.drift.adopting import adoption
from portal.changes.drift.reverting import way_back
from portal.changes.push.steps import reading_back, step
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Person, Tenant
from tests.factories import make_tenant
from tests.portal.changes.builders import released

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=6) as served:
        yield served


@pytest.fixture
def tenant(db: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    made = make_tenant(slug="harrow-vale", name="Harrow Vale", sandbox_root=sandbox.root)
    Connection.objects.create(tenant=made)
    monkeypatch.setattr(step, "SETTLE", timedelta(0))
    monkeypatch.setattr(reading_back, "SHORTLY", timedelta(0))
    return seen_again(made)


def seen_again(tenant: Tenant) -> Tenant:
    synchronise(tenant, cause=Cause.COMMAND)
    tenant.refresh_from_db()
    return tenant


@pytest.fixture
def label(tenant: Tenant, sandbox: Sandbox) -> RetentionLabel:
    """Somebody wrote another text for users into it."""
    row = RetentionLabel.objects.filter(tenant=tenant).order_by("display_name")[0]
    sandbox.edit("patch", "retentionLabels", row.graph_id, {"descriptionForUsers": "Theirs"}, by="g.meyer")
    seen_again(tenant)
    row.refresh_from_db()
    assert cases.count(tenant) == 1
    return row


def carry_out(tenant: Tenant) -> None:
    for _ in range(4):
        push.drain(tenant.pk)
    seen_again(tenant)


def test_reverted_through_graph(
    tenant: Tenant, sandbox: Sandbox, author: Person, approver: Person, label: RetentionLabel
) -> None:
    wanted = way_back(label).wanted
    assert wanted is not None
    released(tenant, author, [approver], wanted)

    carry_out(tenant)

    agreed = (label.agreed or {})["descriptionForUsers"]
    assert sandbox.find("retentionLabels", label.graph_id)["descriptionForUsers"] == agreed
    assert cases.count(tenant) == 0


def test_adopted_without_a_word_to_graph(
    tenant: Tenant, sandbox: Sandbox, author: Person, approver: Person, label: RetentionLabel
) -> None:
    released(tenant, author, [approver], adoption(label))

    carry_out(tenant)

    assert sandbox.find("retentionLabels", label.graph_id)["descriptionForUsers"] == "Theirs"
    assert cases.count(tenant) == 0


def test_found_again_when_changed_again(
    tenant: Tenant, sandbox: Sandbox, author: Person, approver: Person, label: RetentionLabel
) -> None:
    released(tenant, author, [approver], adoption(label))
    sandbox.edit("patch", "retentionLabels", label.graph_id, {"descriptionForUsers": "Again"}, by="g.meyer")

    carry_out(tenant)

    label.refresh_from_db()
    assert cases.count(tenant) == 1
    assert (label.agreed or {})["descriptionForUsers"] == "Theirs"
