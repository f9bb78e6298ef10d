"""A label inside a change: authors edit it in a draft, approvers its stages and descriptors in review."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labels.editor import shown
from labels.sheets import held_in, sheet_of
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Part, State
from portal.changes.objects import Wanted
from portal.mirror.kinds import Action, Document
from portal.tenants.models import Membership, Person, Role, Tenant
from tests.conftest import SignIn
from tests.factories import make_person
from tests.labels.builders import described, in_days, make_label, on_event, reviewed, stage
from tests.labels.factories import change_in_purview, mirror_label

HR = stage(1, "HR", "hr@harrow.test")


def draft(tenant: Tenant, author: Person, *documents: Document, **acknowledged: str) -> ChangeRequest:
    wanted = [Wanted("retentionLabel", Action.CREATE, None, one, acknowledged=acknowledged) for one in documents]
    return actions.draft(tenant, by=author, title="New labels", reason="Schedule 2026", wanted=wanted)


def submitted(tenant: Tenant, author: Person, document: Document) -> ChangeRequest:
    make_person(Role.APPROVER, tenant=tenant)
    change_request = draft(tenant, author, document)
    actions.submit(change_request, by=author, content_hash=change_request.content_hash)
    return change_request


def address(change_request: ChangeRequest, position: int = 0) -> str:
    return reverse("label-in-change", args=["harrow-vale", change_request.number, position])


def sent(change_request: ChangeRequest, position: int = 0, **fields: Any) -> dict[str, Any]:
    held = held_in(change_request, position)
    assert held is not None
    sheet = sheet_of(change_request, held)
    return {**shown(sheet, sheet.start).dict(), "do": "save", **fields}


def test_page_shows_what_the_draft_says(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = draft(tenant, author, make_label())

    response = writer.get(address(change_request))

    form = response.context["form"]
    assert [form[name].value() for name in ("displayName", "title", "reason")] == [
        "FIN Invoices 10y",
        "New labels",
        "Schedule 2026",
    ]


def test_save_changes_the_draft(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = draft(tenant, author, make_label())

    response = writer.post(address(change_request), sent(change_request, retentionDuration="5", title="Fewer years"))

    assert response.status_code == 302
    change_request.refresh_from_db()
    assert change_request.title == "Fewer years"
    assert Change.objects.get().after == make_label(retentionDuration=in_days(5))


def test_save_under_another_name_leaves_one_label(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = draft(
        tenant, author, make_label(), make_label(displayName="FIN Bills 10y", descriptionForUsers="b")
    )

    response = writer.post(address(change_request), sent(change_request, displayName="FIN Receipts 10y"))

    assert response.url == address(change_request, 4)
    assert {change.name for change in Change.objects.all()} == {"FIN Bills 10y", "FIN Receipts 10y"}


def test_save_of_a_stale_draft_keeps_what_was_typed_and_goes_on(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = draft(tenant, author, make_label())
    form = sent(change_request, descriptionForUsers="Mine")
    actions.edit(
        change_request,
        by=author,
        content_hash=change_request.content_hash,
        wanted=[Wanted("retentionLabel", Action.CREATE, None, make_label(descriptionForUsers="Theirs"))],
    )

    refused = writer.post(address(change_request), form)
    again = writer.post(address(change_request), {**refused.context["form"].data.dict(), "do": "save"})

    assert (refused.status_code, again.status_code) == (409, 302)
    assert ">\nMine</textarea>" in refused.content.decode()
    assert Change.objects.get().after["descriptionForUsers"] == "Mine"


def test_page_shows_where_the_tenant_went_elsewhere(writer: Client, tenant: Tenant, author: Person) -> None:
    row = mirror_label(tenant)
    after = {**row.document, "descriptionForUsers": "Mine", "descriptionForAdmins": "Kept"}
    wanted = Wanted("retentionLabel", Action.UPDATE, row.document, after, row.graph_id)
    change_request = actions.draft(tenant, by=author, title="Words", reason="Why", wanted=[wanted])
    change_in_purview(row, descriptionForUsers="Theirs")

    page = writer.get(address(change_request))
    saved = writer.post(address(change_request), sent(change_request))

    assert "Purview now has “Theirs”, you wrote “Mine”." in page.content.decode()
    assert saved.status_code == 302
    assert (Change.objects.get().base, Change.objects.get().after) == (row.document, {**row.document, **after})


def test_confirmation_of_somebody_else_is_not_taken_over(signed_in: SignIn, tenant: Tenant, author: Person) -> None:
    change_request = draft(tenant, author, on_event(), **{"VR-43": "Sure"})
    second = make_person(Role.AUTHOR, tenant=tenant)

    own = signed_in(author).get(address(change_request))
    other = signed_in(second).get(address(change_request))

    assert own.context["editor"].acknowledged == {"VR-43": "Sure"}
    assert other.context["editor"].acknowledged == {}


def test_submit_from_a_draft(writer: Client, tenant: Tenant, author: Person, approver: Person) -> None:
    change_request = draft(tenant, author, make_label())

    response = writer.post(address(change_request), sent(change_request, do="submit", descriptionForUsers="Bills"))

    change_request.refresh_from_db()
    assert (response.url, change_request.state) == (change_request.get_absolute_url(), State.IN_REVIEW)


def test_approver_edits_stages_and_descriptors_in_review(
    signed_in: SignIn, tenant: Tenant, author: Person, approver: Person
) -> None:
    change_request = submitted(tenant, author, reviewed(HR))
    browser = signed_in(approver)
    page = browser.get(address(change_request))
    form = sent(change_request, gives_up_deciding="yes", **{"dispositionReviewStages-0-name": "People"})

    response = browser.post(address(change_request), form)

    assert "If you edit, you cannot decide" in page.content.decode()
    assert {"displayName", "retentionDuration", "reason"}.isdisjoint(page.context["form"].fields)
    assert response.url == change_request.get_absolute_url()
    assert Change.objects.get().after == reviewed({**HR, "name": "People"})
    assert change_request.hands.get(person=approver).part == Part.WROTE


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dispositionReviewStages-0-name": "People"}, "Confirm that you give up deciding"),
        ({"gives_up_deciding": "yes"}, "leaves the label as it is"),
        ({"gives_up_deciding": "yes", "dispositionReviewStages-0-name": ""}, "Give every stage its own name."),
        ({"gives_up_deciding": "yes", "category": "Brand new"}, "does not exist yet"),
    ],
)
def test_edit_in_review_is_refused(
    signed_in: SignIn, tenant: Tenant, author: Person, approver: Person, fields: dict[str, str], words: str
) -> None:
    change_request = submitted(tenant, author, reviewed(HR))

    response = signed_in(approver).post(address(change_request), sent(change_request, **fields))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Change.objects.get().after == reviewed(HR)


def test_edit_in_review_leaves_other_settings_alone(
    signed_in: SignIn, tenant: Tenant, author: Person, approver: Person
) -> None:
    change_request = submitted(tenant, author, reviewed(HR))
    form = sent(change_request, gives_up_deciding="yes", retentionDuration="1", department="", authority="")

    response = signed_in(approver).post(address(change_request), form)

    assert response.status_code == 302
    assert Change.objects.get().after == {**reviewed(HR), "descriptors": described()}


@pytest.mark.parametrize(("state", "role"), [("draft", Role.APPROVER), ("in_review", Role.AUTHOR)])
def test_page_is_for_whoever_may_write_now(
    signed_in: SignIn, tenant: Tenant, author: Person, state: str, role: Role
) -> None:
    change_request = submitted(tenant, author, make_label())
    ChangeRequest.objects.update(state=state)

    assert signed_in(make_person(role, tenant=tenant)).get(address(change_request)).status_code == 403


def test_closed_change_is_not_edited(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = draft(tenant, author, make_label())
    ChangeRequest.objects.update(state=State.WITHDRAWN)

    assert writer.get(address(change_request)).status_code == 422


def test_what_is_no_label_to_write_is_not_found(writer: Client, tenant: Tenant, author: Person) -> None:
    row = mirror_label(tenant)
    wanted = [
        Wanted("category", Action.CREATE, None, {"displayName": "Finance"}),
        Wanted("retentionLabel", Action.DELETE, row.document, None, row.graph_id),
    ]
    change_request = actions.draft(tenant, by=author, title="Mixed", wanted=wanted)

    assert [writer.get(address(change_request, position)).status_code for position in (0, 2, 7)] == [404, 404, 404]
    assert writer.get(reverse("label-in-change", args=["harrow-vale", 99, 0])).status_code == 404


def test_change_of_another_tenant_is_not_found(
    signed_in: SignIn, tenant: Tenant, other_tenant: Tenant, author: Person
) -> None:
    change_request = draft(tenant, author, make_label())
    Membership.objects.create(tenant=other_tenant, person=author, role=Role.AUTHOR)

    response = signed_in(author).get(reverse("label-in-change", args=["elsewhere", change_request.number, 0]))

    assert response.status_code == 404
