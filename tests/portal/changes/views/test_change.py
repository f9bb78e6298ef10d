import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.changing import create, delete, drafted, mirrored, shorter, stage, submitted, update


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", ["author", "approver", "auditor", "administrator"])
def test_change_is_open_to_every_member(see, request, in_review, role):
    assert see(request.getfixturevalue(role), "change", in_review.number).status_code == 200


def test_change_is_closed_to_outsiders(see, outsider, in_review):
    assert see(outsider, "change", in_review.number).status_code == 404


@pytest.mark.parametrize("number", [999, 10**30])
def test_change_that_is_not_there(see, author, in_review, number):
    assert see(author, "change", number).status_code == 404


def test_change_shows_changed_settings_and_counts_the_rest(see, approver, in_review):
    page = text(see(approver, "change", in_review.number))

    assert "Invoices we send and receive." in page
    assert "Text users see added" in page
    assert "5 settings unchanged" in page


def test_change_shows_what_is_sent(see, approver, in_review, label):
    page = text(see(approver, "change", in_review.number))

    assert f"PATCH security/labels/retentionLabels/{label.graph_id}" in page
    assert "&quot;descriptionForUsers&quot;: &quot;Invoices we send and receive.&quot;" in page


def test_change_offers_a_decision_to_an_approver(see, approver, in_review):
    page = text(see(approver, "change", in_review.number))

    assert "Your decision" in page
    assert "You sign version 1 as Ben Approver" in page
    assert "0 of 1 approval" in page


@pytest.mark.parametrize(
    ("role", "why"),
    [
        ("author", "You wrote part of this change, so someone else must decide on it."),
        ("auditor", "Only approvers decide on changes. You can read everything here."),
        ("administrator", "Only approvers decide on changes. You can read everything here."),
    ],
)
def test_change_says_why_somebody_may_not_decide(see, request, in_review, role, why):
    page = text(see(request.getfixturevalue(role), "change", in_review.number))

    assert why in page
    assert "You sign version" not in page


def test_change_that_cannot_be_undone_says_what_stays(see, tenant, author, approver, second_approver, label):
    request = submitted(tenant, author, shorter(label))

    page = text(see(approver, "change", request.number))

    assert "Cannot be undone" in page
    assert "I have read the point that cannot be undone." in page
    assert "“FIN Invoices 5y”: items whose period has lasted 3 years, 1,096 days or longer." in page
    assert "Acknowledged by Ada Author" in page


def test_change_writes_out_what_is_left_to_a_person(see, tenant, author, approver, label):
    described = {**label.document["descriptors"], "authority": "Legal"}
    request = drafted(tenant, author, update(label, descriptors=described))

    page = text(see(author, "change", request.number))

    assert "Open the label “FIN Invoices 5y” in Purview and set Authority to “Legal”." in page


def test_change_names_what_a_creation_leaves_to_do(see, tenant, author, approver, label):
    request = submitted(tenant, author, create("HR Agency worker file 6y", days=2192))

    page = text(see(approver, "change", request.number))

    assert "Publish “HR Agency worker file 6y” in Purview." in page
    assert "2 of 1,000 labels, 0 of 200 different reviewers." in page


def test_change_of_a_deletion_shows_what_goes(see, tenant, author, approver):
    row = mirrored(tenant, "GEN Working paper 2y", descriptionForUsers="Short-lived.")
    request = submitted(tenant, author, delete(row))

    page = text(see(approver, "change", request.number))

    assert "the label is deleted" in page
    assert "Short-lived." in page


def test_change_shows_names_literally(see, tenant, author, approver):
    row = mirrored(tenant, "<img src=x onerror=alert(1)> {{7*7}} \u202egnp.")
    request = submitted(tenant, author, update(row, descriptionForUsers="x"))

    page = text(see(approver, "change", request.number))

    assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}}" in page
    assert "<img src=x" not in page
    assert "U+202E" in page


def test_change_tells_the_discussion(see, send, author, approver, in_review):
    send(approver, "return", in_review, comment="Say which invoices.")

    page = text(see(author, "change", in_review.number))

    assert "Returned by Ben Approver" in page
    assert "returned version 1" in page
    assert "Say which invoices." in page


def test_change_warns_that_editing_in_review_costs_the_decision(see, approver, in_review):
    page = text(see(approver, "change", in_review.number))

    assert "Edit stages or descriptors" in page
    assert "can no longer decide on it" in page


def queries_of(see, person, request):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert see(person, "change", request.number).status_code == 200
    return len(asked)


def test_change_costs_the_same_for_one_object_and_three(see, tenant, author, approver):
    rows = [mirrored(tenant, f"Label {n}", dispositionReviewStages=[]) for n in range(3)]
    small = submitted(tenant, author, update(rows[0], descriptionForUsers="Kept."), title="One")
    large = submitted(tenant, author, *(update(row, descriptionForUsers="Kept long.") for row in rows), title="Three")
    queries_of(see, approver, small)

    assert queries_of(see, approver, large) == queries_of(see, approver, small)


def test_change_marks_an_added_stage(see, tenant, author, approver, label):
    row = mirrored(
        tenant,
        "LEG Contracts",
        actionAfterRetentionPeriod="startDispositionReview",
        dispositionReviewStages=[stage(1, "Legal", "legal@harrow.test")],
    )
    stages = [*row.document["dispositionReviewStages"], stage(2, "Privacy", "dpo@harrow.test")]
    request = submitted(tenant, author, update(row, {"VR-27": "Board."}, dispositionReviewStages=stages))

    page = text(see(approver, "change", request.number))

    assert "Stage 2 added" in page
    assert "Stage 2 can never be removed or moved once it exists." in page
