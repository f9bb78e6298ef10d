"""Two tenants connected at once, each as an account of its own: nothing of one reaches the other."""

from collections.abc import Iterator

import pytest
from django.test import Client

from portal.changes import push
from portal.changes.models import Change, Push
from portal.changes.tasks import synchronise
from portal.graph.identity.flows import without_memory
from portal.mirror.models import Cause, RunState
from portal.sandbox.identity.cast import HARROW_VALE, NORTH_QUAY
from portal.sandbox.server import Sandbox
from portal.tenants.models import Account, Connection, Health, Person, Role, Tenant
from tests.changing import approved, create
from tests.factories import make_person
from tests.portal.tenants.accounts.conftest import register, sign_in

CAST = {"harrow-vale": (HARROW_VALE, "Fileplan worker"), "elsewhere": (NORTH_QUAY, "Fileplan worker")}


@pytest.fixture
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    """A tenant in a process of its own would be another server, too."""
    without_memory()
    with Sandbox(seed_labels=3) as one, Sandbox(seed_labels=5) as other:
        yield {"harrow-vale": one, "elsewhere": other}
    without_memory()


@pytest.fixture
def both(tenant: Tenant, other_tenant: Tenant, sandboxes: dict[str, Sandbox]) -> list[Tenant]:
    for one in (tenant, other_tenant):
        directory, who = CAST[one.slug]
        by = make_person(Role.ADMINISTRATOR, tenant=one)
        register(one, by, sandboxes[one.slug], directory)
        visitor = Client()
        visitor.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
        assert sign_in(visitor, one, who).status_code == 302
    return [tenant, other_tenant]


def people(tenant: Tenant) -> tuple[Person, Person]:
    return make_person(Role.AUTHOR, tenant=tenant), make_person(Role.APPROVER, tenant=tenant)


def made_by(sandbox: Sandbox, name: str) -> str:
    """Who Graph says made that label."""
    found: str = sandbox.find("retentionLabels", name)["createdBy"]["user"]["id"]
    return found


def test_each_is_read_and_written_as_its_own_account(both: list[Tenant], sandboxes: dict[str, Sandbox]) -> None:
    for one in both:
        run = synchronise(one, cause=Cause.COMMAND)
        assert run is not None
        assert run.state == RunState.COMPLETE
        author, approver = people(one)
        approved(one, author, [approver], create(f"{one.name} ledgers 5y"))
        push.drain(one.pk)

    accounts = {one.slug: Account.objects.get(tenant=one).object_id for one in both}
    assert len(set(accounts.values())) == 2
    assert {one.slug: made_by(sandboxes[one.slug], f"{one.name} ledgers 5y") for one in both} == accounts


def test_one_that_lapses_holds_only_itself(both: list[Tenant], sandboxes: dict[str, Sandbox]) -> None:
    mine, theirs = both
    for one in both:
        synchronise(one, cause=Cause.COMMAND)
        author, approver = people(one)
        approved(one, author, [approver], create(f"{one.name} ledgers 5y"))
    sandboxes[mine.slug].identity.revoke("refresh")
    sandboxes[mine.slug].identity.revoke("access")

    for one in both:
        push.drain(one.pk)

    health = dict(Connection.objects.values_list("tenant__slug", "health"))
    assert health == {mine.slug: Health.HELD, theirs.slug: Health.OK}
    assert Change.objects.get(request__tenant=mine).push == Push.READY
    assert Change.objects.get(request__tenant=theirs).push in (Push.SENT, Push.DONE)
    assert (len(sandboxes[mine.slug].ledger()), len(sandboxes[theirs.slug].ledger())) == (0, 1)


def test_what_waited_for_a_new_sign_in_is_sent_once(both: list[Tenant], sandboxes: dict[str, Sandbox]) -> None:
    mine, sandbox = both[0], sandboxes[both[0].slug]
    synchronise(mine, cause=Cause.COMMAND)
    author, approver = people(mine)
    approved(mine, author, [approver], create("Waiting ledgers 5y"))
    sandbox.identity.revoke("refresh")
    sandbox.identity.revoke("access")
    for _again in range(3):
        push.drain(mine.pk)
    assert sandbox.ledger() == []

    administrator = mine.memberships.get(role=Role.ADMINISTRATOR).person
    visitor = Client()
    visitor.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    sign_in(visitor, mine)
    Change.objects.update(not_before=None)
    for _again in range(3):
        push.drain(mine.pk)

    assert len(sandbox.ledger()) == 1
    assert Change.objects.get(request__tenant=mine).push in (Push.SENT, Push.DONE)
