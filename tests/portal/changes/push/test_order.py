"""What waits for what (domain-rules.md 2.7)."""

from datetime import timedelta

import pytest

from portal.changes.models import Change, ChangeRequest, Push, State
from portal.changes.push import order
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.factories import make_tenant
from tests.labels.builders import described, followed, make_label, on_event
from tests.portal.changes.builders import agreed, creation, deletion, drafted, mirror, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(db: None) -> Tenant:
    return agreed(make_tenant(slug="harrow-vale"))


def approved(request: ChangeRequest) -> ChangeRequest:
    """As if it had been decided on; who decided is no matter here."""
    ChangeRequest.objects.filter(pk=request.pk).update(state=State.APPROVED)
    request.changes.filter(carried_by="graph").update(push=Push.READY)
    request.changes.filter(carried_by="person").update(push=Push.PERSON)
    request.refresh_from_db()
    return request


def in_order(tenant: Tenant) -> list[str]:
    """The names in the order a worker takes them, each confirmed before the next."""
    names: list[str] = []
    while (change := order.next_due(tenant)) is not None:
        names.append(change.name)
        Change.objects.filter(pk=change.pk).update(push=Push.DONE, done_at=clock.now())
    return names


def change_of(request: ChangeRequest, name: str) -> Change:
    return request.changes.get(name=name, carried_by="graph")


def test_what_is_named_comes_first(tenant: Tenant, author: Person) -> None:
    label = on_event(displayName="C", retentionEventType="Lease ended", descriptors=described(category="Leases"))
    approved(
        drafted(
            tenant,
            author,
            creation(followed("C", displayName="A")),
            creation(label),
            creation({"displayName": "Flats", "category": "Leases"}, "subcategory"),
            creation({"displayName": "Leases"}, "category"),
            creation({"displayName": "Lease ended", "description": ""}, "retentionEventType"),
        )
    )

    assert in_order(tenant) == ["Leases", "Flats", "Lease ended", "C", "A"]


def test_names_are_compared_as_purview_compares_them(tenant: Tenant, author: Person) -> None:
    label = make_label(descriptors=described(category=" leases"))
    approved(drafted(tenant, author, creation(label), creation({"displayName": "Leases"}, "category")))

    assert in_order(tenant) == ["Leases", "FIN Invoices 10y"]


def test_what_names_an_object_goes_before_it(tenant: Tenant, author: Person) -> None:
    last = mirror(tenant, make_label(displayName="Last"))
    first = mirror(tenant, followed("Last", displayName="First"))
    other = mirror(tenant, followed("Last", displayName="Other"))
    approved(
        drafted(tenant, author, deletion(last), deletion(first), update(other, labelToBeApplied="FIN Invoices 10y"))
    )

    assert in_order(tenant) == ["First", "Other", "Last"]


def test_an_object_of_another_kind_with_that_name_is_not_meant(tenant: Tenant, author: Person) -> None:
    label = make_label(descriptors=described(authority="Leases"))
    request = approved(drafted(tenant, author, creation(label), creation({"displayName": "Leases"}, "category")))

    assert order.needs(change_of(request, "FIN Invoices 10y")) == []


def test_requests_come_in_the_order_they_were_made(tenant: Tenant, author: Person) -> None:
    for name in ("A", "B", "C"):
        approved(drafted(tenant, author, creation(displayName=name)))

    assert in_order(tenant) == ["A", "B", "C"]


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.REJECTED, State.WITHDRAWN])
def test_nothing_is_due_of_a_request_that_is_not_approved(tenant: Tenant, author: Person, state: State) -> None:
    """G1."""
    request = approved(drafted(tenant, author))
    ChangeRequest.objects.filter(pk=request.pk).update(state=state)

    assert (order.next_due(tenant), order.soonest(tenant)) == (None, None)


@pytest.mark.parametrize("push", [Push.NONE, Push.SENDING, Push.PERSON, Push.DONE, Push.CANCELLED])
def test_what_is_not_a_workers_turn_is_not_due(tenant: Tenant, author: Person, push: Push) -> None:
    request = approved(drafted(tenant, author))
    request.changes.update(push=push)

    assert order.next_due(tenant) is None


@pytest.mark.parametrize("push", [Push.READY, Push.UNSURE, Push.SENT])
def test_what_is_put_off_is_due_later(tenant: Tenant, author: Person, push: Push) -> None:
    """On the database's clock."""
    request = approved(drafted(tenant, author))
    later = clock.now() + timedelta(seconds=5)
    request.changes.update(push=push, not_before=later)

    assert (order.next_due(tenant), order.soonest(tenant)) == (None, later)
    request.changes.update(not_before=clock.now())
    assert order.next_due(tenant) is not None


def test_what_a_person_carries_is_never_due(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label(displayName="A"))
    request = approved(drafted(tenant, author, update(row, descriptors=described(authority="Business"))))
    request.changes.update(push=Push.READY)

    assert order.next_due(tenant) is None


def test_a_deletion_waits_for_what_a_person_has_to_do(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label(displayName="A", descriptors=described(authority="Legal")))
    authority: Mirrored = type(mirror(tenant, {"displayName": "Unused"}, "authority")).objects.get(display_name="Legal")
    request = approved(
        drafted(tenant, author, deletion(authority), update(row, descriptors=described(authority="Business")))
    )

    assert order.next_due(tenant) is None
    request.changes.filter(carried_by="person").update(push=Push.DONE)
    assert order.next_due(tenant) == change_of(request, "Legal")


@pytest.mark.parametrize(
    ("push", "blocks", "is_lost"),
    [
        (Push.READY, True, False),
        (Push.SENDING, True, False),
        (Push.UNSURE, True, False),
        (Push.SENT, True, False),
        (Push.DONE, False, False),
        (Push.STOPPED, False, True),
        (Push.CANCELLED, False, True),
    ],
)
def test_a_change_waits_until_what_it_needs_is_done_or_lost(
    tenant: Tenant, author: Person, push: Push, blocks: bool, is_lost: bool
) -> None:
    label = make_label(descriptors=described(category="Leases"))
    request = approved(drafted(tenant, author, creation({"displayName": "Leases"}, "category"), creation(label)))
    request.changes.filter(name="Leases").update(push=push, why="held" if push == Push.STOPPED else "")
    change = change_of(request, "FIN Invoices 10y")

    assert (bool(order.blockers(change)), bool(order.lost_needs(change))) == (blocks, is_lost)


def test_needs_something_new_looks_back_as_far_as_told(tenant: Tenant, author: Person) -> None:
    label = make_label(descriptors=described(category="Leases"))
    request = approved(drafted(tenant, author, creation({"displayName": "Leases"}, "category"), creation(label)))
    request.changes.filter(name="Leases").update(push=Push.DONE, done_at=clock.now() - timedelta(seconds=30))
    change = change_of(request, "FIN Invoices 10y")

    assert order.needs_something_new(change, younger_than=timedelta(seconds=60))
    assert not order.needs_something_new(change, younger_than=timedelta(seconds=20))


def test_finding_what_is_due_costs_the_same_for_many(
    tenant: Tenant, author: Person, django_assert_max_num_queries: object
) -> None:
    many = [creation(displayName=f"Label {number}") for number in range(12)]
    approved(drafted(tenant, author, *many))

    with django_assert_max_num_queries(4):  # type: ignore[operator]
        order.soonest(tenant)


def test_the_next_is_found_without_reading_the_others(
    tenant: Tenant, author: Person, django_assert_max_num_queries: object
) -> None:
    many = [creation({"displayName": f"Category {number}"}, "category") for number in range(12)]
    request = approved(drafted(tenant, author, *many))

    with django_assert_max_num_queries(2):  # type: ignore[operator]
        found = order.next_due(tenant)

    assert found == change_of(request, "Category 0")
