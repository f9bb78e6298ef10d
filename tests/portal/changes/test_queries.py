import pytest

from portal.changes import actions, queries
from portal.changes.models import Push, Why
from portal.changes.queries import Summary
from portal.tenants.models import Membership, Role
from tests.changing import approved, create, drafted, mirrored, submitted, update


@pytest.fixture
def label(tenant):
    return mirrored(tenant, "FIN Invoices 5y")


@pytest.fixture
def in_review(tenant, author, approver, label):
    return submitted(tenant, author, update(label, descriptionForUsers="Invoices."))


def waiting(person, tenant):
    mine, others = (
        [one.number for one in found(person, [tenant])] for found in (queries.waiting_for, queries.waiting_for_others)
    )
    return mine, others


def test_a_request_in_review_waits_for_approvers_only(tenant, author, approver, auditor, in_review):
    assert waiting(approver, tenant) == ([1], [])
    assert waiting(author, tenant) == ([], [1])
    assert waiting(auditor, tenant) == ([], [])


def test_a_request_does_not_wait_for_its_writer(tenant, author, in_review):
    Membership.objects.create(tenant=tenant, person=author, role=Role.APPROVER)

    assert waiting(author, tenant) == ([], [1])


def test_a_request_no_longer_waits_for_who_approved_it(tenant, author, approver, second_approver, label):
    tenant.approvals_routine = 2
    tenant.save()
    request = submitted(tenant, author, update(label, descriptionForUsers="Invoices."))
    actions.approve(request, by=approver, content_hash=request.content_hash)

    assert waiting(approver, tenant) == ([], [1])
    assert waiting(second_approver, tenant) == ([1], [])


def test_a_returned_request_waits_for_its_author(tenant, author, approver, in_review):
    actions.give_back(in_review, by=approver, content_hash=in_review.content_hash, comment="Say which.")

    assert waiting(author, tenant) == ([1], [])
    assert Summary(queries.waiting_for(author, [tenant]).get()).standing.word == "Returned"


def test_a_request_of_another_tenant_never_waits(tenant, other_tenant, approver, in_review):
    assert waiting(approver, other_tenant) == ([], [])


def test_what_is_being_sent_waits_for_the_workers(tenant, author, approver, label):
    approved(tenant, author, [approver], update(label, descriptionForUsers="Invoices."))

    assert waiting(author, tenant) == ([], [1])
    assert waiting(approver, tenant) == ([], [1])


def test_a_step_by_hand_waits_for_its_author(tenant, author, approver, label):
    described = {**label.document["descriptors"], "authority": "Legal"}
    mirrored(tenant, "Another")
    request = drafted(tenant, author, update(label, descriptors=described))
    request.changes.update(push=Push.PERSON)
    type(request).objects.filter(pk=request.pk).update(state="approved")

    assert waiting(author, tenant) == ([1], [])


def test_stopped_requests_are_problems_of_the_tenant(tenant, author, approver, label):
    request = approved(tenant, author, [approver], update(label, descriptionForUsers="Invoices."))
    request.changes.update(push=Push.STOPPED, why=Why.REJECTED)

    assert [one.number for one in queries.stopped([tenant])] == [1]
    assert waiting(author, tenant) == ([], [])


def test_summary_counts_what_it_changes(tenant, author, label):
    request = drafted(tenant, author, update(label, descriptionForUsers="Invoices."), create("One"), create("Two"))

    assert Summary(request).facts == ["1 label changed", "2 labels created"]


def test_overtaken_is_silent_about_the_version_that_was_read(approver, in_review):
    read = in_review.content_hash

    assert queries.overtaken(in_review, by=approver, content_hash=read) == ""


def test_overtaken_names_who_turned_it_down(approver, second_approver, in_review):
    read = in_review.content_hash
    actions.reject(in_review, by=approver, content_hash=read, comment="No.")

    said = queries.overtaken(in_review, by=second_approver, content_hash=read)

    assert said == "This change was just rejected by Ben Approver. There is nothing to decide any more."


def test_hold_names_who_was_faster_in_a_race(approver, second_approver, in_review):
    as_read = type(in_review).objects.get(pk=in_review.pk)
    actions.approve(in_review, by=approver, content_hash=in_review.content_hash)

    with pytest.raises(actions.Stale, match="just approved by Ben Approver"):
        actions.approve(as_read, by=second_approver, content_hash=as_read.content_hash)
