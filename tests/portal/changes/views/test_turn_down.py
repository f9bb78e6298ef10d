import pytest

from portal.changes.models import State


@pytest.mark.parametrize(("name", "state"), [("return", State.DRAFT), ("reject", State.REJECTED)])
def test_turning_down_keeps_the_comment(send, approver, in_review, name, state):
    response = send(approver, name, in_review, comment="Cite the law.")

    in_review.refresh_from_db()
    assert response.status_code == 302
    assert in_review.state == state
    assert in_review.decisions.get().comment == "Cite the law."


@pytest.mark.parametrize("name", ["return", "reject"])
def test_turning_down_needs_a_comment(send, approver, in_review, name):
    response = send(approver, name, in_review, comment="  ")

    in_review.refresh_from_db()
    assert response.status_code == 422
    assert "Say why, so that the author knows what to do next." in response.content.decode()
    assert in_review.state == State.IN_REVIEW


@pytest.mark.parametrize("name", ["return", "reject"])
def test_turning_down_needs_an_approver(send, author, in_review, name):
    assert send(author, name, in_review, comment="No.").status_code == 403


def test_return_after_approval_names_who_approved(send, approver, second_approver, in_review):
    read = in_review.content_hash
    send(approver, "approve", in_review, content_hash=read)

    response = send(second_approver, "return", in_review, content_hash=read, comment="Wait.")

    assert response.status_code == 409
    assert "just approved by Ben Approver" in response.content.decode()
