"""The plan that rules read: the mirror, and what the request's other changes make of it."""

import pytest

from portal.changes import actions, plans
from portal.changes.models import ChangeRequest, Push, State
from portal.changes.objects import key_of, objects_of
from portal.errors import Invalid
from portal.mirror.kinds import Level, Plan
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.happening import created, event
from tests.labels.builders import described, followed, make_label
from tests.portal.changes.builders import LABEL, agreed, creation, deletion, drafted, mirror, update

pytestmark = pytest.mark.django_db
OTHER = "FIN Other 10y"


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    return agreed(tenant)


def plan(request: ChangeRequest, name: str = "FIN Invoices 10y", *, creation: bool = True) -> Plan:
    """What the rules read when they judge the label of that name."""
    key = key_of(LABEL, make_label(displayName=name))
    return plans.plan_without(key, request.tenant, request.changes.all(), request=request, creation=creation)


def rules(request: ChangeRequest, name: str = "FIN Invoices 10y") -> dict[str, str]:
    changes = list(request.changes.all())
    [changed] = [one for one in objects_of(changes) if one.name == name]
    return {
        finding.rule: finding.level for finding in plans.findings_of(changed, request.tenant, changes, request=request)
    }


def test_the_plan_holds_the_mirror(tenant: Tenant, author: Person) -> None:
    mirror(tenant, make_label(displayName=OTHER), isInUse=True)
    gone = mirror(tenant, make_label(displayName="Gone"))
    type(gone).objects.filter(pk=gone.pk).update(gone_at=clock.now())

    made = plan(drafted(tenant, author))

    assert [(known.name, known.in_use, known.proposed) for known in made.of(LABEL)] == [(OTHER, True, False)]
    assert {known.name for known in made.of("authority")} == {"Legal", "Business"}


def test_the_plan_holds_nothing_of_another_tenant(tenant: Tenant, other_tenant: Tenant, author: Person) -> None:
    mirror(other_tenant, make_label(displayName=OTHER))

    assert plan(drafted(tenant, author)).of(LABEL) == []


def test_the_plan_holds_what_the_other_changes_would_make(tenant: Tenant, author: Person) -> None:
    changed = mirror(tenant, make_label(displayName="Changed"), isInUse=True)
    removed = mirror(tenant, make_label(displayName="Removed"))
    request = drafted(
        tenant,
        author,
        creation(),
        creation(displayName=OTHER),
        update(changed, descriptionForAdmins="New"),
        deletion(removed),
    )

    found = {known.name: known for known in plan(request).of(LABEL)}

    assert found.keys() == {OTHER, "Changed"}
    assert (found[OTHER].proposed, found[OTHER].graph_id) == (True, "")
    assert (found["Changed"].proposed, found["Changed"].in_use) == (False, True)
    assert found["Changed"].document["descriptionForAdmins"] == "New"


def test_the_plan_holds_both_parts_of_a_change(tenant: Tenant, author: Person) -> None:
    """What a person carries stands in it as if it were done."""
    other = creation(displayName=OTHER, descriptors=described(category="Finance", subcategory="Payables"))

    [known] = plan(drafted(tenant, author, creation(), other)).of(LABEL)

    assert known.document["descriptors"]["subcategory"] == "Payables"


def test_the_plan_leaves_out_the_object_itself(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, update(row, descriptionForAdmins="New"))

    assert plan(request, creation=False).of(LABEL) == []


def test_the_plan_of_a_creation_holds_its_namesake(tenant: Tenant, author: Person) -> None:
    """VR-03: what has the name already is somebody else's."""
    mirror(tenant, make_label(displayName="fin INVOICES 10y "))
    request = drafted(tenant, author)

    assert [known.name for known in plan(request).of(LABEL)] == ["fin INVOICES 10y "]
    assert rules(request)["VR-03"] == Level.BLOCK


def test_the_plan_leaves_out_what_was_given_up(tenant: Tenant, author: Person) -> None:
    removed = mirror(tenant, make_label(displayName="Removed"))
    request = drafted(tenant, author, creation(), creation(displayName=OTHER), deletion(removed))
    request.changes.exclude(name="FIN Invoices 10y").update(push=Push.CANCELLED)

    assert [known.name for known in plan(request).of(LABEL)] == ["Removed"]


def test_the_plan_knows_who_uses_what_across_the_request(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, followed(OTHER, displayName="First"))
    request = drafted(tenant, author, creation(), creation(followed(OTHER, displayName="Second")))
    assert {known.name for known in plan(request).users(LABEL, OTHER)} == {"First", "Second"}

    other = drafted(tenant, author, creation(), update(row, labelToBeApplied="Elsewhere"))

    assert plan(other).users(LABEL, OTHER) == []


def test_the_plan_resolves_what_the_same_request_creates(tenant: Tenant, author: Person) -> None:
    wanted = creation(descriptors=described(authority="New authority"))
    alone = drafted(tenant, author, wanted)
    authority = creation({"displayName": "New authority"}, "authority")

    together = drafted(tenant, author, wanted, authority)

    assert set(rules(alone)) - set(rules(together)) != set()


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.APPROVED])
def test_drafted_names_what_other_open_requests_would_create(tenant: Tenant, author: Person, state: State) -> None:
    other = drafted(tenant, author, creation(displayName="FIN OTHER 10y "))
    ChangeRequest.objects.update(state=state)
    request = drafted(tenant, author, creation())

    assert plan(request).drafted == {(LABEL, "fin other 10y")}
    assert plans.drafted(tenant, besides=other) == {(LABEL, "fin invoices 10y")}


def test_drafted_names_an_event_without_its_marker(tenant: Tenant, author: Person) -> None:
    """Its marker is another one in each request, so with it no two would ever be alike (VR-58)."""
    drafted(tenant, author, created(event("Departure 4711")))

    assert plans.drafted(tenant, besides=None) == {("retentionEvent", "departure 4711")}


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
def test_drafted_leaves_out_what_will_not_happen(tenant: Tenant, author: Person, state: State) -> None:
    drafted(tenant, author, creation(displayName=OTHER))
    ChangeRequest.objects.update(state=state)

    assert plans.drafted(tenant, besides=None) == frozenset()


@pytest.mark.parametrize("push", [Push.DONE, Push.CANCELLED])
def test_drafted_leaves_out_what_has_ended(tenant: Tenant, author: Person, push: Push) -> None:
    request = drafted(tenant, author)
    request.changes.update(push=push)

    assert plans.drafted(tenant, besides=None) == frozenset()


def test_drafted_holds_creations_alone(tenant: Tenant, other_tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label())
    drafted(tenant, author, deletion(row))

    assert plans.drafted(tenant, besides=None) == plans.drafted(other_tenant, besides=None) == frozenset()


# VR-75


def test_an_unchanged_tenant_is_not_outdated(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label())

    assert "VR-75" not in rules(drafted(tenant, author, update(row, descriptionForAdmins="Ours")))


@pytest.mark.parametrize(("field", "outdated"), [("descriptionForAdmins", True), ("descriptionForUsers", False)])
def test_only_a_field_that_the_change_touches_is_outdated(
    tenant: Tenant, author: Person, field: str, outdated: bool
) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, update(row, descriptionForAdmins="Ours"))

    mirror(tenant, make_label(**{field: "Theirs"}))

    assert (rules(request).get("VR-75") == Level.BLOCK) == outdated


def test_what_came_true_by_itself_is_not_outdated(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, update(row, descriptionForAdmins="Ours"))

    mirror(tenant, make_label(descriptionForAdmins="Ours"))

    assert "VR-75" not in rules(request)


@pytest.mark.parametrize("field", ["descriptionForAdmins", "descriptionForUsers"])
def test_a_deletion_is_outdated_by_any_field(tenant: Tenant, author: Person, field: str) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, deletion(row))

    mirror(tenant, make_label(**{field: "Theirs"}))

    assert rules(request)["VR-75"] == Level.BLOCK


def test_what_is_gone_is_outdated(tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, deletion(row))
    type(row).objects.update(gone_at=clock.now())

    assert rules(request)["VR-75"] == Level.BLOCK


def test_an_object_of_another_tenant_cannot_be_changed(
    tenant: Tenant, other_tenant: Tenant, author: Person, approver: Person
) -> None:
    """S3: its id means nothing here."""
    row = mirror(other_tenant, make_label())
    request = drafted(tenant, author, update(row, descriptionForAdmins="Ours"))

    with pytest.raises(Invalid, match="The tenant changed since you started"):
        actions.submit(request, by=author, content_hash=request.content_hash)
