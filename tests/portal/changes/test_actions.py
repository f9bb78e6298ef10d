"""What people do with requests: each works and writes one entry; each refuses the wrong role, person and content."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.approvals import approvals, approvals_missing
from portal.changes.models import (
    Attempt,
    Carrier,
    Change,
    ChangeRequest,
    Decision,
    Hand,
    Part,
    Push,
    State,
    Verdict,
    Why,
)
from portal.changes.objects import key_of
from portal.changes.stopped import redraft, retry
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Membership, Person, Role, Tenant
from tests.factories import make_person
from tests.labels.builders import described, in_days, make_label
from tests.portal.changes.builders import (
    LABEL,
    agreed,
    creation,
    deletion,
    drafted,
    lasting,
    mirror,
    new_entries,
    refuse,
    released,
    stop,
    submitted,
    told,
    update,
)

pytestmark = pytest.mark.django_db
ROLE = "Your role in “Harrow Vale” does not allow this. Ask an administrator."
OTHER = "0" * 64


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    return agreed(tenant)


@pytest.fixture
def label(tenant: Tenant) -> Mirrored:
    return mirror(tenant, make_label(displayName="FIN Receipts 10y"))


@pytest.fixture
def draft(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    return drafted(tenant, author)


@pytest.fixture
def in_review(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    return submitted(tenant, author)


@pytest.fixture
def stopped(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    request = released(tenant, author, [approver])
    stop(request.changes.get(), Why.REJECTED)
    return request


def approve(request: ChangeRequest, by: Person) -> None:
    actions.approve(request, by=by, content_hash=request.content_hash)


# Draft


def test_draft_numbers_hashes_and_remembers_who_wrote(tenant: Tenant, author: Person) -> None:
    before = Entry.objects.count()

    first, second = drafted(tenant, author), drafted(tenant, author, creation(displayName="FIN Other 10y"))

    assert (first.number, second.number, first.state) == (1, 2, State.DRAFT)
    assert len(first.content_hash) == 64
    assert first.content_hash != second.content_hash
    assert (first.hands.get().person, first.hands.get().part) == (author, Part.WROTE)
    assert new_entries(before) == ["request.drafted", "request.drafted"]


def test_draft_tells_every_field(tenant: Tenant, author: Person, label: Mirrored) -> None:
    drafted(tenant, author, update(label, descriptionForAdmins="New"))

    [told_of] = told(Entry.objects.order_by("-pk")[0])["facts"]["objects"]
    assert told_of == {
        "kind": LABEL,
        "name": "FIN Receipts 10y",
        "action": "update",
        "changes": {"descriptionForAdmins": ["", "New"]},
    }


# Edit and drop


def test_edit_replaces_an_object_and_tells_what_changed(draft: ChangeRequest, author: Person) -> None:
    before, read = Entry.objects.count(), draft.content_hash

    actions.edit(draft, by=author, content_hash=read, wanted=[creation(descriptionForUsers="Hello")], title="Other")

    assert (draft.content_hash != read, draft.changes.count(), draft.title) == (True, 1, "Other")
    assert new_entries(before) == ["request.edited"]
    entry = told(Entry.objects.order_by("-pk")[0])
    assert entry["changes"] == {"title": ["A test", "Other"]}
    assert entry["facts"]["objects"][0]["changes"] == {"descriptionForUsers": ["", "Hello"]}


def test_edit_keeps_places_apart_for_both_parts(draft: ChangeRequest, author: Person) -> None:
    other = creation(displayName="FIN Other 10y", descriptors=described(category="Finance", subcategory="Payables"))

    actions.edit(draft, by=author, content_hash=draft.content_hash, wanted=[other, creation()])

    assert list(draft.changes.values_list("position", flat=True)) == [0, 2, 3]


def test_edit_makes_the_editor_a_writer(draft: ChangeRequest, tenant: Tenant) -> None:
    other = make_person(Role.AUTHOR, Role.APPROVER, tenant=tenant)

    actions.edit(draft, by=other, content_hash=draft.content_hash, title="Other")

    assert draft.hands.get(person=other).part == Part.WROTE
    assert other not in actions.who_may_approve(draft)


def test_edit_voids_a_confirmation_of_what_changed(tenant: Tenant, author: Person) -> None:
    """A person confirms what they see; the rule asks again for other content."""
    request = drafted(tenant, author, lasting())
    assert request.changes.get().acknowledged == {"VR-43"}
    changed = creation(request.changes.get().after, descriptionForUsers="New")

    actions.edit(request, by=author, content_hash=request.content_hash, wanted=[changed])

    assert request.changes.get().acknowledgements == []


def test_a_confirmation_of_other_content_is_of_who_confirms_it(tenant: Tenant, author: Person) -> None:
    other = make_person(Role.AUTHOR, tenant=tenant)
    request = drafted(tenant, author, lasting())

    for text, by in (("", other), ("New", other), ("New", author)):
        wanted = lasting(descriptionForUsers=text)
        actions.edit(request, by=by, content_hash=request.content_hash, wanted=[wanted])
        [given] = request.changes.get().acknowledgements
        assert given["by"] == (other.pk if text else author.pk)


def test_drop_takes_one_object_out(tenant: Tenant, author: Person) -> None:
    request = drafted(tenant, author, creation(), creation(displayName="FIN Other 10y"))
    before = Entry.objects.count()

    actions.drop(request, by=author, content_hash=request.content_hash, key=key_of(LABEL, make_label()))

    assert [change.name for change in request.changes.all()] == ["FIN Other 10y"]
    assert new_entries(before) == ["request.edited"]


def test_drop_says_what_it_did_not_find(draft: ChangeRequest, author: Person) -> None:
    with pytest.raises(Invalid, match="no longer part"):
        actions.drop(draft, by=author, content_hash=draft.content_hash, key=(LABEL, "", "no such label"))


# Submit


def test_submit_sends_to_review(draft: ChangeRequest, author: Person) -> None:
    before = Entry.objects.count()

    actions.submit(draft, by=author, content_hash=draft.content_hash)

    assert (draft.state, draft.version, draft.submitted_at is not None) == (State.IN_REVIEW, 1, True)
    assert new_entries(before) == ["request.submitted"]


def test_submit_refuses_what_could_never_be_approved(tenant: Tenant, author: Person) -> None:
    request = drafted(tenant, author)

    with pytest.raises(Invalid) as refused:
        actions.submit(request, by=author, content_hash=request.content_hash)

    assert str(refused.value) == (
        "This change needs 1 approval, and 0 people could give one. "
        "Ask an administrator for another approver before you submit it."
    )


def test_submit_wants_two_approvers_for_what_cannot_be_undone(tenant: Tenant, author: Person, approver: Person) -> None:
    """VR-43."""
    request = drafted(tenant, author, lasting())

    with pytest.raises(Invalid, match="needs 2 approvals, and 1 people could give one"):
        actions.submit(request, by=author, content_hash=request.content_hash)


def test_submit_does_not_count_writers_and_closed_accounts_as_approvers(
    draft: ChangeRequest, tenant: Tenant, author: Person, approver: Person
) -> None:
    Membership.objects.create(tenant=tenant, person=author, role=Role.APPROVER)
    approver.is_active = False
    approver.save()

    with pytest.raises(Invalid, match="0 people could give one"):
        actions.submit(draft, by=author, content_hash=draft.content_hash)


def test_submit_wants_a_reason(tenant: Tenant, author: Person, approver: Person) -> None:
    request = drafted(tenant, author, reason="  ")

    with pytest.raises(Invalid, match="Say why"):
        actions.submit(request, by=author, content_hash=request.content_hash)


def test_submit_wants_something_to_change(draft: ChangeRequest, author: Person) -> None:
    actions.drop(draft, by=author, content_hash=draft.content_hash, key=key_of(LABEL, make_label()))

    with pytest.raises(Invalid, match="nothing in this change"):
        actions.submit(draft, by=author, content_hash=draft.content_hash)


def test_submit_wants_a_mirror(draft: ChangeRequest, tenant: Tenant, author: Person) -> None:
    Tenant.objects.update(baseline_at=None)
    draft.refresh_from_db()

    with pytest.raises(Invalid, match="mirror was never complete"):
        actions.submit(draft, by=author, content_hash=draft.content_hash)


def test_submit_wants_every_point_confirmed(tenant: Tenant, author: Person, approver: Person) -> None:
    request = drafted(tenant, author, creation(lasting().after))

    with pytest.raises(Invalid, match="1 point still needs your confirmation"):
        actions.submit(request, by=author, content_hash=request.content_hash)


def test_submit_refuses_what_a_rule_blocks(tenant: Tenant, author: Person, approver: Person) -> None:
    request = drafted(tenant, author, creation(retentionDuration=in_days(0)))

    with pytest.raises(Invalid, match=r"^FIN Invoices 10y: "):
        actions.submit(request, by=author, content_hash=request.content_hash)


def test_submit_refuses_a_draft_of_a_tenant_that_changed(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    """VR-75."""
    request = drafted(tenant, author, update(label, descriptionForAdmins="Ours"))
    mirror(tenant, label.document | {"descriptionForAdmins": "Theirs"})

    with pytest.raises(Invalid, match="The tenant changed since you started"):
        actions.submit(request, by=author, content_hash=request.content_hash)


# Approve


def test_approve_releases_what_is_routine(in_review: ChangeRequest, approver: Person) -> None:
    before = Entry.objects.count()

    approve(in_review, approver)

    assert (in_review.state, in_review.closed_at is not None) == (State.APPROVED, True)
    assert [change.push for change in in_review.changes.all()] == [Push.READY]
    assert new_entries(before) == ["request.released"]


def test_approve_gives_each_carrier_its_own(tenant: Tenant, author: Person, approver: Person) -> None:
    mirror(tenant, {"displayName": "Payables", "category": "Finance"}, "subcategory")
    request = released(
        tenant, author, [approver], creation(descriptors=described(category="Finance", subcategory="Payables"))
    )

    assert {change.carried_by: change.push for change in request.changes.all()} == {
        Carrier.GRAPH: Push.READY,
        Carrier.PERSON: Push.PERSON,
    }


def test_approve_wants_two_people_for_what_cannot_be_undone(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    """VR-43."""
    request = submitted(tenant, author, lasting())
    before = Entry.objects.count()

    approve(request, approver)
    assert (request.state, request.changes.get().push, approvals_missing(request)) == ("in_review", "", 1)
    approve(request, second_approver)

    assert (request.state, request.changes.get().push) == (State.APPROVED, Push.READY)
    assert new_entries(before) == ["request.approved", "request.released"]


def test_approve_twice_is_one_approval(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    """Reliability.md 8."""
    request = submitted(tenant, author, lasting())
    approve(request, approver)
    before = Entry.objects.count()

    approve(request, approver)

    assert (request.state, request.decisions.count(), new_entries(before)) == (State.IN_REVIEW, 1, [])


def test_approve_twice_after_release_changes_nothing(in_review: ChangeRequest, approver: Person) -> None:
    approve(in_review, approver)

    approve(in_review, approver)

    assert (in_review.decisions.count(), in_review.state) == (1, State.APPROVED)


def test_approve_refuses_the_author(in_review: ChangeRequest, tenant: Tenant, author: Person) -> None:
    """VR-74, S5."""
    Membership.objects.create(tenant=tenant, person=author, role=Role.APPROVER)

    with pytest.raises(NotAllowed, match="someone else must decide"):
        approve(in_review, author)

    in_review.refresh_from_db()
    assert (in_review.state, in_review.decisions.count()) == (State.IN_REVIEW, 0)


@pytest.mark.parametrize("verdict", [actions.give_back, actions.reject])
def test_a_writer_can_decide_nothing_else_either(
    in_review: ChangeRequest, tenant: Tenant, author: Person, verdict: Callable[..., None]
) -> None:
    Membership.objects.create(tenant=tenant, person=author, role=Role.APPROVER)

    with pytest.raises(NotAllowed, match="someone else must decide"):
        verdict(in_review, by=author, content_hash=in_review.content_hash, comment="No.")


def test_a_person_has_one_part_in_a_request(in_review: ChangeRequest, author: Person) -> None:
    """Four eyes as a constraint, for the day somebody forgets to ask."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Hand.objects.create(request=in_review, person=author, part=Part.DECIDES)


def test_a_person_decides_once_on_one_content(in_review: ChangeRequest, approver: Person) -> None:
    values = {"request": in_review, "by": approver, "content_hash": OTHER, "version": 1}
    Decision.objects.create(verdict=Verdict.APPROVE, **values)

    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(verdict=Verdict.REJECT, **values)


def test_approve_refuses_a_tenant_that_changed(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    """VR-75."""
    request = submitted(tenant, author, update(label, descriptionForAdmins="Ours"))
    mirror(tenant, label.document | {"descriptionForAdmins": "Theirs"})

    with pytest.raises(Stale, match="no longer fits the tenant"):
        approve(request, approver)

    assert (request.decisions.count(), request.changes.get().push) == (0, "")


def test_approve_refuses_an_object_that_went(tenant: Tenant, author: Person, approver: Person, label: Mirrored) -> None:
    request = submitted(tenant, author, update(label, descriptionForAdmins="Ours"))
    type(label).objects.update(gone_at=clock.now())

    with pytest.raises(Stale, match="no longer fits the tenant"):
        approve(request, approver)


def test_approve_refuses_a_point_nobody_confirmed(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    """VR-47: items carry it now; they did not when the deletion was submitted."""
    request = submitted(tenant, author, deletion(label))
    mirror(tenant, label.document, isInUse=True)

    with pytest.raises(Stale, match="lose their retention"):
        approve(request, approver)


def test_approve_refuses_a_point_nobody_confirmed_that_one_approver_decides_on(
    tenant: Tenant, author: Person, approver: Person
) -> None:
    """VR-56: a label names the value now; none did when its deletion was submitted."""
    request = submitted(tenant, author, deletion(mirror(tenant, {"displayName": "Tax"}, "authority")))
    document = make_label(displayName="FIN Taxes 10y")
    mirror(tenant, document | {"descriptors": {**document["descriptors"], "authority": "Tax"}})

    with pytest.raises(Stale, match="Describe it with another value first"):
        approve(request, approver)


def test_approve_refuses_a_point_that_wants_more_approvers_than_were_asked(
    tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    """The point was confirmed, but as one that a single approver decides on."""
    request = submitted(tenant, author, deletion(label))
    change = request.changes.get()
    change.acknowledgements = [{"rule": "VR-47", "reason": "Known."}]
    change.save()
    mirror(tenant, label.document, isInUse=True)

    with pytest.raises(Stale, match="lose their retention"):
        approve(request, approver)


def test_approve_after_withdrawal_is_stale(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    """Reliability.md 8; also for somebody who had approved before."""
    request = submitted(tenant, author, lasting())
    approve(request, approver)
    actions.withdraw(request, by=author, content_hash=request.content_hash)

    for person in (approver, second_approver):
        with pytest.raises(Stale):
            approve(request, person)

    request.refresh_from_db()
    assert (request.state, request.changes.get().push) == (State.WITHDRAWN, "")


def test_an_approval_of_a_writer_counts_no_more(tenant: Tenant, author: Person, second_approver: Person) -> None:
    """Somebody approves, then writes, and the content ends up as it was when they approved it."""
    both = make_person(Role.AUTHOR, Role.APPROVER, tenant=tenant)
    third = make_person(Role.APPROVER, tenant=tenant)
    request = submitted(tenant, author, lasting())
    approved = request.content_hash
    approve(request, both)
    actions.give_back(request, by=second_approver, content_hash=approved, comment="Say more.")
    actions.edit(request, by=both, content_hash=approved, reason="More.")
    actions.submit(request, by=author, content_hash=approved)

    approve(request, third)

    assert (request.content_hash, request.state, approvals_missing(request)) == (approved, "in_review", 1)


def test_a_second_verdict_on_the_same_content_has_its_own_time(
    in_review: ChangeRequest, author: Person, approver: Person
) -> None:
    """G11: a signature binds person, verdict, content and moment."""
    actions.give_back(in_review, by=approver, content_hash=in_review.content_hash, comment="Say more.")
    returned = in_review.decisions.get()
    Decision.objects.update(at=returned.at.replace(year=2020))
    actions.submit(in_review, by=author, content_hash=in_review.content_hash)

    approve(in_review, approver)

    decision = in_review.decisions.get()
    assert (decision.verdict, decision.at >= returned.at) == (Verdict.APPROVE, True)


# Return, reject, withdraw


@pytest.mark.parametrize(
    ("verdict", "state", "verb"),
    [(actions.give_back, State.DRAFT, "request.returned"), (actions.reject, State.REJECTED, "request.rejected")],
)
def test_turning_down_ends_the_review(
    in_review: ChangeRequest, approver: Person, verdict: Callable[..., None], state: State, verb: str
) -> None:
    before = Entry.objects.count()

    verdict(in_review, by=approver, content_hash=in_review.content_hash, comment="The period is wrong.")

    assert (in_review.state, in_review.decisions.get().comment) == (state, "The period is wrong.")
    assert new_entries(before) == [verb]
    assert told(Entry.objects.order_by("-pk")[0])["reason"] == "The period is wrong."


@pytest.mark.parametrize("verdict", [actions.give_back, actions.reject])
def test_turning_down_wants_a_comment(in_review: ChangeRequest, approver: Person, verdict: Callable[..., None]) -> None:
    with pytest.raises(Invalid, match="Say why"):
        verdict(in_review, by=approver, content_hash=in_review.content_hash, comment=" \n")

    in_review.refresh_from_db()
    assert (in_review.state, in_review.decisions.count()) == (State.IN_REVIEW, 0)


@pytest.mark.parametrize("name", ["draft", "in_review"])
def test_withdraw_ends_a_request(name: str, author: Person, request: pytest.FixtureRequest) -> None:
    change_request = request.getfixturevalue(name)
    before = Entry.objects.count()

    actions.withdraw(change_request, by=author, content_hash=change_request.content_hash)

    assert (change_request.state, change_request.closed_at is not None) == (State.WITHDRAWN, True)
    assert new_entries(before) == ["request.withdrawn"]


def test_withdraw_is_for_writers(in_review: ChangeRequest, tenant: Tenant) -> None:
    other = make_person(Role.AUTHOR, tenant=tenant)

    with pytest.raises(NotAllowed, match="Only somebody who wrote this change"):
        actions.withdraw(in_review, by=other, content_hash=in_review.content_hash)


def test_withdraw_comes_too_late_after_approval(in_review: ChangeRequest, author: Person, approver: Person) -> None:
    read = in_review.content_hash
    approve(in_review, approver)

    with pytest.raises(Stale):
        actions.withdraw(in_review, by=author, content_hash=read)

    assert in_review.changes.get().push == Push.READY


# Edit in review


def described_anew(request: ChangeRequest) -> list[Any]:
    return [creation(request.changes.get().after, descriptors=described(authority="Business"))]


def test_edit_in_review_makes_a_decider_a_writer_and_voids_approvals(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    make_person(Role.APPROVER, tenant=tenant)
    request = submitted(tenant, author, lasting())
    approve(request, approver)
    before = Entry.objects.count()
    wanted = lasting(descriptors=described(authority="Business"))

    actions.edit_in_review(request, by=second_approver, content_hash=request.content_hash, wanted=[wanted])

    assert (request.version, approvals(request), approvals_missing(request)) == (2, [], 2)
    assert new_entries(before) == ["request.edited_in_review"]
    with pytest.raises(NotAllowed, match="someone else must decide"):
        approve(request, second_approver)


def test_edit_in_review_takes_the_vote_of_who_had_approved(tenant: Tenant, author: Person, approver: Person) -> None:
    for _ in range(2):
        make_person(Role.APPROVER, tenant=tenant)
    request = submitted(tenant, author, lasting())
    approve(request, approver)
    wanted = lasting(descriptors=described(authority="Business"))

    actions.edit_in_review(request, by=approver, content_hash=request.content_hash, wanted=[wanted])

    assert (request.hands.get(person=approver).part, approvals(request)) == (Part.WROTE, [])


def test_edit_in_review_refuses_to_leave_nobody_to_approve(in_review: ChangeRequest, approver: Person) -> None:
    read = in_review.content_hash

    with pytest.raises(Invalid, match="0 people could give one"):
        actions.edit_in_review(in_review, by=approver, content_hash=read, wanted=described_anew(in_review))

    in_review.refresh_from_db()
    assert (in_review.content_hash, in_review.hands.count()) == (read, 1)


def test_edit_in_review_wants_a_change(in_review: ChangeRequest, approver: Person, second_approver: Person) -> None:
    """Or a decider would lose the vote, and keep the approval, for nothing."""
    with pytest.raises(Invalid, match="Nothing was changed"):
        actions.edit_in_review(in_review, by=approver, content_hash=in_review.content_hash, wanted=[creation()])


def forbidden(label: Mirrored) -> dict[str, Any]:
    """Edits in review of a request that describes `label` anew, each in one thing it may not touch."""
    wish = update(label, descriptors=described(authority="Business"))
    other = {**wish.__dict__}
    return {
        "another field": type(wish)(**other | {"after": (wish.after or {}) | {"descriptionForUsers": "Slipped in"}}),
        "the base": type(wish)(**other | {"base": (wish.base or {}) | {"descriptionForUsers": "Other"}}),
        "the action": type(wish)(**other | {"action": "adopt"}),
        "the target": type(wish)(**other | {"target": "id of something else"}),
        "a deletion": deletion(label),
        "another object": creation(),
    }


@pytest.mark.parametrize(
    "what", ["another field", "the base", "the action", "the target", "a deletion", "another object"]
)
def test_edit_in_review_refuses_anything_else(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person, label: Mirrored, what: str
) -> None:
    request = submitted(tenant, author, update(label, descriptors=described()))
    read = request.content_hash

    with pytest.raises(Invalid, match="only stages and descriptors"):
        actions.edit_in_review(request, by=approver, content_hash=read, wanted=[forbidden(label)[what]])

    request.refresh_from_db()
    assert (request.content_hash, request.version) == (read, 1)


# The same for every action

Act = Callable[[ChangeRequest, Person, str], Any]
ACTIONS: dict[str, tuple[str, Act, frozenset[Role]]] = {
    "edit": (
        "draft",
        lambda request, by, read: actions.edit(request, by=by, content_hash=read, title="X"),
        {Role.AUTHOR},
    ),
    "drop": (
        "draft",
        lambda request, by, read: actions.drop(request, by=by, content_hash=read, key=key_of(LABEL, make_label())),
        {Role.AUTHOR},
    ),
    "submit": ("draft", lambda request, by, read: actions.submit(request, by=by, content_hash=read), {Role.AUTHOR}),
    "approve": (
        "in_review",
        lambda request, by, read: actions.approve(request, by=by, content_hash=read),
        {Role.APPROVER},
    ),
    "give_back": (
        "in_review",
        lambda request, by, read: actions.give_back(request, by=by, content_hash=read, comment="No."),
        {Role.APPROVER},
    ),
    "reject": (
        "in_review",
        lambda request, by, read: actions.reject(request, by=by, content_hash=read, comment="No."),
        {Role.APPROVER},
    ),
    "withdraw": (
        "in_review",
        lambda request, by, read: actions.withdraw(request, by=by, content_hash=read),
        {Role.AUTHOR, Role.APPROVER},
    ),
    "edit_in_review": (
        "in_review",
        lambda request, by, read: actions.edit_in_review(
            request, by=by, content_hash=read, wanted=described_anew(request)
        ),
        {Role.APPROVER},
    ),
    "retry": ("stopped", lambda request, by, read: retry(request, by=by), {Role.AUTHOR, Role.APPROVER}),
    "redraft": ("stopped", lambda request, by, read: redraft(request, by=by), {Role.AUTHOR}),
}
READ = [name for name in ACTIONS if name not in ("retry", "redraft")]


def everything() -> list[Any]:
    """All that an action could change."""
    kept = (Tenant, ChangeRequest, Change, Hand, Decision, Attempt, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in kept]


def allowed(name: str, author: Person, approver: Person) -> Person:
    """Somebody the action would let."""
    return author if Role.AUTHOR in ACTIONS[name][2] else approver


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_writes_what_it_may(
    name: str, author: Person, approver: Person, second_approver: Person, request: pytest.FixtureRequest
) -> None:
    start, act, _roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    before = Entry.objects.count()

    act(change_request, allowed(name, author, approver), change_request.content_hash)

    assert len(new_entries(before)) == (2 if name == "redraft" else 1)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_refuses_the_wrong_roles(
    name: str, tenant: Tenant, outsider: Person, author: Person, request: pytest.FixtureRequest
) -> None:
    """Also those of another tenant, and of the very person who wrote the request."""
    start, act, roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    others = {Role.AUTHOR, Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR} - roles
    others -= {Role.ADMINISTRATOR} if name == "retry" else set()
    Membership.objects.filter(person=author).delete()
    people = [outsider, author, *(make_person(role, tenant=tenant) for role in sorted(others))]
    before = everything()

    for person in people:
        with pytest.raises(NotAllowed, match="^" + ROLE):
            act(change_request, person, change_request.content_hash)

    assert everything() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_reads_roles_when_it_acts(
    name: str, author: Person, approver: Person, request: pytest.FixtureRequest
) -> None:
    """S4: revoked or deactivated between the page and the button."""
    start, act, _roles = ACTIONS[name]
    change_request, person = request.getfixturevalue(start), allowed(name, author, approver)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    before = everything()

    with pytest.raises(NotAllowed, match="^" + ROLE):
        act(change_request, person, change_request.content_hash)

    assert everything() == before


@pytest.mark.parametrize("name", READ)
def test_every_action_refuses_other_content_than_was_read(
    name: str, author: Person, approver: Person, request: pytest.FixtureRequest
) -> None:
    start, act, _roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    before = everything()

    with pytest.raises(Stale):
        act(change_request, allowed(name, author, approver), OTHER)

    assert everything() == before


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_refuses_any_other_state(
    name: str, state: str, author: Person, approver: Person, request: pytest.FixtureRequest
) -> None:
    start, act, _roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    if state == change_request.state or (name == "withdraw" and state == State.DRAFT):
        return
    ChangeRequest.objects.update(state=state)
    change_request.refresh_from_db()
    before = everything()

    with pytest.raises(Stale):
        act(change_request, allowed(name, author, approver), change_request.content_hash)

    assert everything() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_no_action_happens_without_its_entry(
    name: str,
    author: Person,
    approver: Person,
    second_approver: Person,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G6, C18."""
    start, act, _roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    before, read = everything(), change_request.content_hash
    monkeypatch.setattr(Entry.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="disk full"):
        act(change_request, allowed(name, author, approver), read)

    assert everything() == before


def test_no_draft_without_its_entry(tenant: Tenant, author: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """G6."""
    before = everything()
    monkeypatch.setattr(Entry.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="disk full"):
        drafted(tenant, author)

    assert everything() == before


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_draft_is_for_authors(tenant: Tenant, role: Role) -> None:
    with pytest.raises(NotAllowed, match="^" + ROLE):
        drafted(tenant, make_person(role, tenant=tenant))


@pytest.mark.parametrize("name", ["approve", "retry"])
def test_what_gives_workers_something_to_do_rings_after_the_commit(
    name: str,
    tenant: Tenant,
    author: Person,
    approver: Person,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    start, act, _roles = ACTIONS[name]
    change_request = request.getfixturevalue(start)
    rung: list[int] = []
    monkeypatch.setattr(actions, "ring", rung.append)
    monkeypatch.setattr("portal.changes.stopped.ring", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        act(change_request, allowed(name, author, approver), change_request.content_hash)
        assert rung == []

    assert rung == [tenant.pk]
