"""What stopped is tried again or drafted again. What holds for every action is in test_actions.py."""

import pytest

from portal.audit.models import Entry
from portal.changes.models import Attempt, Carrier, Change, ChangeRequest, Push, State, Why
from portal.changes.stopped import redraft, retry
from portal.errors import Invalid
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.labels.builders import described, make_label
from tests.portal.changes.builders import agreed, creation, mirror, new_entries, released, stop, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    return agreed(tenant)


@pytest.fixture
def label(tenant: Tenant) -> Mirrored:
    return mirror(tenant, make_label(displayName="FIN Receipts 10y"))


@pytest.fixture
def stopped(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    request = released(tenant, author, [approver])
    stop(request.changes.get(), Why.REJECTED)
    return request


# Try again


def attempted(change: Change, *outcomes: str) -> None:
    for n, outcome in enumerate(outcomes):
        Attempt.objects.create(change=change, n=n + 1, fence=1, started_at=clock.now(), outcome=outcome)


@pytest.mark.parametrize(
    ("outcomes", "target", "push"),
    [
        ([], "", Push.READY),
        (["refused"], "", Push.READY),
        (["not_sent", "throttled"], "", Push.READY),
        (["unsure"], "", Push.UNSURE),
        ([""], "", Push.UNSURE),
        (["answered"], "", Push.UNSURE),
        (["unsure", "refused"], "", Push.UNSURE),
        (["answered"], "id-1", Push.SENT),
    ],
)
def test_retry_never_sends_a_creation_blindly(
    stopped: ChangeRequest, author: Person, outcomes: list[str], target: str, push: Push
) -> None:
    """G4: what may have arrived is looked up, what was answered is read back."""
    attempted(stopped.changes.get(), *outcomes)
    stopped.changes.update(target=target)
    before = Entry.objects.count()

    retry(stopped, by=author)

    change = stopped.changes.get()
    assert (change.push, change.why, change.message) == (push, Why.NONE, "")
    assert new_entries(before) == ["change.retried"]


def test_retry_lets_an_update_read_before_it_writes(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    request = released(tenant, author, [approver], update(label, descriptionForAdmins="Ours"))
    attempted(stop(request.changes.get(), Why.HELD), "unsure")

    retry(request, by=approver)

    assert request.changes.get().push == Push.READY


def test_retry_refuses_what_met_a_changed_tenant(stopped: ChangeRequest, author: Person) -> None:
    stop(stopped.changes.get(), Why.DRIFTED)

    with pytest.raises(Invalid, match="Draft what did not happen instead"):
        retry(stopped, by=author)

    assert stopped.changes.get().push == Push.STOPPED


def test_retry_starts_counting_anew(stopped: ChangeRequest, author: Person) -> None:
    stop(stopped.changes.get(), Why.HELD, sends=8, negatives=1)

    retry(stopped, by=author)

    assert (stopped.changes.get().sends, stopped.changes.get().negatives) == (0, 0)


# Draft what did not happen


def test_redraft_stands_on_the_tenant_as_it_is_now(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    request = released(tenant, author, [approver], update(label, descriptionForAdmins="Ours"))
    stop(request.changes.get(), Why.DRIFTED)
    theirs = label.document | {"descriptionForAdmins": "Theirs", "descriptionForUsers": "Theirs"}
    mirror(tenant, theirs)
    before = Entry.objects.count()

    new = redraft(request, by=author)

    change = new.changes.get()
    assert (change.base, change.after) == (theirs, theirs | {"descriptionForAdmins": "Ours"})
    assert change.target == label.graph_id
    assert (new.state, new.title) == (State.DRAFT, "What did not happen in #1 A test")
    assert request.changes.get().push == Push.CANCELLED
    assert new_entries(before) == ["change.cancelled", "request.drafted"]


def test_redraft_takes_along_what_a_person_was_to_carry_out(tenant: Tenant, author: Person, approver: Person) -> None:
    mirror(tenant, {"displayName": "Payables", "category": "Finance"}, "subcategory")
    wanted = creation(descriptors=described(category="Finance", subcategory="Payables"))
    request = released(tenant, author, [approver], wanted)
    stop(request.changes.get(carried_by=Carrier.GRAPH), Why.REJECTED)

    new = redraft(request, by=author)

    assert {change.push for change in request.changes.all()} == {Push.CANCELLED}
    assert [change.carried_by for change in new.changes.all()] == [Carrier.GRAPH, Carrier.PERSON]
    assert new.changes.get(carried_by=Carrier.PERSON).after == wanted.after


def test_redraft_leaves_what_happened(tenant: Tenant, author: Person, approver: Person) -> None:
    request = released(tenant, author, [approver], creation(), creation(displayName="FIN Other 10y"))
    first, second = request.changes.all()
    Change.objects.filter(pk=first.pk).update(push=Push.DONE)
    stop(second, Why.REJECTED)

    new = redraft(request, by=author)

    assert [change.name for change in new.changes.all()] == ["FIN Other 10y"]
    assert [change.push for change in request.changes.all()] == [Push.DONE, Push.CANCELLED]


def test_redraft_makes_an_update_of_what_exists_by_now(tenant: Tenant, author: Person, approver: Person) -> None:
    request = released(tenant, author, [approver])
    stop(request.changes.get(), Why.REJECTED)
    row = mirror(tenant, make_label(descriptionForAdmins="Theirs"))

    new = redraft(request, by=author)

    change = new.changes.get()
    assert (change.action, change.target, change.after) == ("update", row.graph_id, make_label())


def test_redraft_refuses_where_nothing_stopped(tenant: Tenant, author: Person, approver: Person) -> None:
    request = released(tenant, author, [approver])

    with pytest.raises(Invalid, match="nothing stopped, or it may have happened"):
        redraft(request, by=author)
