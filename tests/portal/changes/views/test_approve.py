import pytest

from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.models import State
from portal.tenants.models import Membership, Role
from tests.changing import shorter, submitted, update


def entries(verb):
    return Entry.objects.filter(verb=verb).count()


def test_approve_releases_a_routine_request(send, approver, in_review):
    response = send(approver, "approve", in_review, comment="Read it.")

    in_review.refresh_from_db()
    assert (response.status_code, response.url) == (302, in_review.get_absolute_url())
    assert in_review.state == State.APPROVED
    assert entries("request.released") == 1


def test_approve_answers_htmx_with_the_new_region(send, approver, in_review):
    response = send(approver, "approve", in_review, htmx=True)

    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="change">')
    assert response["HX-Replace-Url"] == in_review.get_absolute_url()


def test_approve_twice_is_one_signature(send, approver, in_review):
    read = in_review.content_hash
    send(approver, "approve", in_review, content_hash=read)
    response = send(approver, "approve", in_review, content_hash=read)

    assert response.status_code == 302
    assert in_review.decisions.count() == 1
    assert entries("request.released") == 1


def test_approve_of_ones_own_change_is_refused(send, tenant, author, approver, in_review):
    Membership.objects.create(tenant=tenant, person=author, role=Role.APPROVER)

    response = send(author, "approve", in_review)

    assert response.status_code == 403
    assert "someone else" in response.content.decode()
    assert not in_review.decisions.exists()


@pytest.mark.parametrize("role", ["author", "auditor", "administrator"])
def test_approve_needs_an_approver(send, request, in_review, role):
    response = send(request.getfixturevalue(role), "approve", in_review)

    assert response.status_code == 403
    assert not in_review.decisions.exists()


def test_approve_is_nothing_to_outsiders(send, outsider, in_review):
    assert send(outsider, "approve", in_review).status_code == 404


def test_approve_of_an_older_version_shows_the_new_difference(send, tenant, author, approver, second_approver, label):
    request = submitted(tenant, author, update(label, descriptionForUsers="Invoices."))
    read = request.content_hash
    actions.give_back(request, by=second_approver, content_hash=read, comment="Say which.")
    actions.edit(
        request, by=author, content_hash=read, wanted=[update(label, descriptionForUsers="Invoices we were sent.")]
    )
    actions.submit(request, by=author, content_hash=request.content_hash)

    response = send(approver, "approve", request, content_hash=read, htmx=True)

    shown = response.content.decode()
    assert response.status_code == 409
    assert "Version 2 is shown now" in shown
    assert "Invoices we were sent." in shown
    assert not request.decisions.filter(by=approver).exists()


def test_approve_after_withdrawal_says_so(send, author, approver, in_review):
    read = in_review.content_hash
    actions.withdraw(in_review, by=author, content_hash=read)

    response = send(approver, "approve", in_review, content_hash=read)

    assert response.status_code == 409
    assert "was withdrawn meanwhile" in response.content.decode()


def test_approve_names_who_was_faster(send, approver, second_approver, in_review):
    read = in_review.content_hash
    send(approver, "approve", in_review, content_hash=read)

    response = send(second_approver, "approve", in_review, content_hash=read)

    assert response.status_code == 409
    assert "just approved by Ben Approver" in response.content.decode()
    assert in_review.decisions.count() == 1


def test_approve_refuses_too_long_a_comment(send, approver, in_review):
    response = send(approver, "approve", in_review, comment="x" * 2001)

    assert response.status_code == 422
    assert "at most 2000 characters" in response.content.decode()
    assert not in_review.decisions.exists()


def test_approve_of_the_irreversible_needs_the_tick(send, tenant, author, approver, second_approver, label):
    request = submitted(tenant, author, shorter(label))

    refused = send(approver, "approve", request)
    taken = send(approver, "approve", request, undone="on")

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "Read what cannot be undone, then tick this box." in refused.content.decode()
    assert request.decisions.count() == 1


def test_approve_is_post_only(see, approver, in_review):
    assert see(approver, "approve", in_review.number).status_code == 405
