"""What an author does with a draft: describe, confirm, take out, submit, withdraw."""

import pytest

from portal.changes.models import State
from tests.changing import delete, drafted, mirrored, shorter, update


@pytest.fixture
def draft(tenant, author, label):
    return drafted(tenant, author, update(label, descriptionForUsers="Invoices."), reason="")


def test_draft_names_what_is_missing_before_submitting(see, author, draft):
    page = see(author, "change", draft.number).content.decode()

    assert "Say why: approvers read the reason first, auditors read it last." in page
    assert "Ask an administrator for another approver before you submit it." in page


def test_change_edit_gives_title_and_reason(send, author, draft):
    response = send(author, "change-edit", draft, title="Invoices", reason="Audit finding 12.")

    draft.refresh_from_db()
    assert response.status_code == 302
    assert (draft.title, draft.reason) == ("Invoices", "Audit finding 12.")


def test_change_edit_keeps_what_was_typed(send, author, draft):
    response = send(author, "change-edit", draft, title="", reason="Audit finding 12.")

    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in page.replace("\n", "")
    assert "Audit finding 12." in page


def test_change_edit_of_an_older_draft_is_stale(send, author, draft):
    response = send(author, "change-edit", draft, title="Invoices", content_hash="0" * 64)

    assert response.status_code == 409


def test_submit_sends_it_to_review(send, tenant, author, approver, label):
    request = drafted(tenant, author, update(label, descriptionForUsers="Invoices."))

    response = send(author, "submit", request)

    request.refresh_from_db()
    assert response.status_code == 302
    assert request.state == State.IN_REVIEW


def test_submit_says_what_is_in_the_way(send, author, approver, draft):
    response = send(author, "submit", draft, htmx=True)

    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    assert response["HX-Retarget"] == "#messages"


@pytest.mark.parametrize("role", ["approver", "auditor", "administrator"])
def test_submit_needs_an_author(send, request, draft, role):
    assert send(request.getfixturevalue(role), "submit", draft).status_code == 403


def test_submit_without_the_version_is_refused(send, author, draft):
    assert send(author, "submit", draft, content_hash="").status_code == 422


def test_acknowledge_records_name_and_reason(send, tenant, author, label):
    unconfirmed = shorter(label)
    unconfirmed.acknowledged.clear()
    request = drafted(tenant, author, unconfirmed)

    response = send(author, "acknowledge", request, position=0, acknowledge="VR-42", reason="Agreed with counsel.")

    [given] = request.changes.get().acknowledgements
    assert response.status_code == 302
    assert (given["rule"], given["name"], given["reason"]) == ("VR-42", "Ada Author", "Agreed with counsel.")


def test_acknowledge_keeps_what_was_confirmed_before(send, tenant, author, label):
    request = drafted(tenant, author, shorter(label))
    [before] = request.changes.get().acknowledgements

    send(author, "acknowledge", request, position=0, acknowledge="VR-42")

    assert request.changes.get().acknowledgements == [before]


def test_acknowledge_works_for_a_deletion(send, tenant, author, label):
    request = drafted(tenant, author, delete(label))

    send(author, "acknowledge", request, position=0, acknowledge="VR-47")

    assert request.changes.get().unconfirmed == []


def test_acknowledge_without_the_tick_is_refused(send, author, draft):
    assert send(author, "acknowledge", draft, position=0).status_code == 422


def test_drop_object_takes_one_out(send, tenant, author, label):
    other = mirrored(tenant, "FIN Expenses 5y")
    request = drafted(tenant, author, *(update(row, descriptionForUsers="Kept.") for row in (label, other)))

    response = send(author, "drop-object", request, position=2)

    assert response.status_code == 302
    assert [change.name for change in request.changes.all()] == ["FIN Invoices 5y"]


def test_drop_object_that_is_gone_is_refused(send, author, draft):
    assert send(author, "drop-object", draft, position=8).status_code == 422


def test_withdraw_ends_it(send, author, in_review):
    response = send(author, "withdraw", in_review)

    in_review.refresh_from_db()
    assert response.status_code == 302
    assert in_review.state == State.WITHDRAWN


def test_withdraw_is_for_its_writers(send, approver, in_review):
    assert send(approver, "withdraw", in_review).status_code == 403


def test_change_edit_offers_nothing_once_it_is_submitted(see, author, in_review):
    page = see(author, "change-edit", in_review.number).content.decode()

    assert "Save title and reason" not in page
