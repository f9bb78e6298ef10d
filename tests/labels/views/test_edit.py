"""The form of a label the tenant holds already."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labels.models import RetentionLabel
from labels.sheets import sealed
from portal.changes.models import Change, ChangeRequest
from portal.mirror.kinds import Document
from portal.tenants.models import Person, Tenant
from tests.conftest import SignIn
from tests.labels.builders import described, in_days, make_label, reviewed, stage
from tests.labels.factories import change_in_purview, mirror, mirror_label, typed

FIXED = (
    "displayName",
    "behaviorDuringRetentionPeriod",
    "retentionTrigger",
    "retentionEventType",
    "actionAfterRetentionPeriod",
)


def address(row: Any) -> str:
    return reverse("label-edit", args=["harrow-vale", row.pk])


def sent(row: Any, **fields: Any) -> dict[str, Any]:
    """The form of a label, drawn on the tenant as it is."""
    return typed(row.document, **{"base": sealed(row.document), **fields})


def test_page_shows_fixed_settings_as_text(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    response = writer.get(address(row))

    assert set(FIXED).isdisjoint(response.context["form"].fields)
    assert "Fixed since the label was created on 9 June 2026." in response.content.decode()


@pytest.mark.parametrize(
    ("document", "editable"),
    [
        ({}, {"retentionDuration"}),
        ({"retentionTrigger": "dateLabeled"}, set()),
        ({"behaviorDuringRetentionPeriod": "retainAsRecord"}, {"retentionDuration", "defaultRecordBehavior"}),
        (
            {"behaviorDuringRetentionPeriod": "retainAsRecord", "defaultRecordBehavior": "startFrozen"},
            {"retentionDuration"},
        ),
        ({"actionAfterRetentionPeriod": "relabel", "labelToBeApplied": "X"}, {"retentionDuration", "labelToBeApplied"}),
        ({"retentionDuration": {"@odata.type": "#new"}}, set()),
    ],
)
def test_page_lets_edit_what_purview_lets_change(
    writer: Client, tenant: Tenant, document: Document, editable: set[str]
) -> None:
    response = writer.get(address(mirror_label(tenant, **document)))

    told = {"retentionDuration", "defaultRecordBehavior", "labelToBeApplied"} & set(response.context["form"].fields)
    assert told == editable


def test_save_drafts_a_change_of_the_fields_typed(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    response = writer.post(address(row), sent(row, descriptionForUsers="Bills", displayName="Another name"))

    change = Change.objects.get()
    assert response.status_code == 302
    assert (change.action, change.target, change.base) == ("update", row.graph_id, row.document)
    assert change.after == {**row.document, "descriptionForUsers": "Bills"}
    assert change.request.title == "Change “FIN Invoices 10y”"


def test_save_leaves_descriptors_to_a_person_where_graph_cannot(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    writer.post(address(row), sent(row, category="Finance"))

    by_hand = Change.objects.get(carried_by="person")
    assert by_hand.after == {**row.document, "descriptors": described(authority="Legal", category="Finance")}
    assert Change.objects.get(kind="category").after == {"displayName": "Finance"}


def test_save_refuses_what_changes_nothing(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant, descriptionForAdmins="One\nTwo ")

    response = writer.post(address(row), sent(row, descriptionForAdmins="One\r\nTwo"))

    assert response.status_code == 422
    assert "leaves the label as it is" in response.content.decode()
    assert not ChangeRequest.objects.exists()


def test_stages_that_exist_have_no_buttons_and_keep_their_places(writer: Client, tenant: Tenant) -> None:
    row = mirror(tenant, "retentionLabel", reviewed(stage(1, "HR", "hr@x.test"), stage(2, "IT", "it@x.test")))

    page = writer.get(address(row)).content.decode()
    removed = writer.post(address(row), sent(row, do="stage-remove-1"))
    added = writer.post(address(row), sent(row, do="stage-add"))

    assert "stage-remove" not in page
    assert [card.is_known for card in removed.context["editor"].stage_cards] == [True, True]
    assert [card.is_known for card in added.context["editor"].stage_cards] == [True, True, False]
    assert 'value="stage-remove-3"' in added.content.decode()


def test_new_stages_are_confirmed_one_by_one(writer: Client, tenant: Tenant) -> None:
    row = mirror(tenant, "retentionLabel", reviewed(stage(1, "HR", "hr@x.test")))
    longer = reviewed(stage(1, "HR", "hr@x.test"), stage(2, "IT", "it@x.test"), stage(3, "GC", "gc@x.test"))
    form = typed(longer, base=sealed(row.document))

    half = writer.post(address(row), {**form, "do": "live", "acknowledged": "VR-27:dispositionReviewStages-1"})
    both = ["VR-27:dispositionReviewStages-1", "VR-27:dispositionReviewStages-2"]
    full = writer.post(address(row), {**form, "do": "live", "acknowledged": both})

    assert half.context["editor"].acknowledged == {}
    assert full.context["editor"].acknowledged == {"VR-27": ""}


def test_save_after_the_tenant_changed_the_same_field_shows_both_values(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant, descriptionForUsers="Bills")
    form = sent(row, retentionDuration="9", retentionDurationUnit="years", title="Typed")
    change_in_purview(row, retentionDuration=in_days(4018), descriptionForUsers="Receipts")

    response = writer.post(address(row), form)

    assert response.status_code == 409
    assert not ChangeRequest.objects.exists()
    notes = {one.slot: one.finding.message for one in response.context["editor"].noted if one.finding.rule == "VR-75"}
    assert "Purview now has “4,018 days (11 calendar years)”, you wrote “3,285 days" in notes["retentionDuration"]
    assert "“Receipts”" in notes["descriptionForUsers"]
    shown = response.context["form"]
    assert [shown[name].value() for name in ("retentionDuration", "descriptionForUsers", "title")] == [
        "9",
        "Receipts",
        "Typed",
    ]


def test_save_goes_on_from_the_tenant_as_it_is_now(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)
    form = sent(row, retentionDuration="9", retentionDurationUnit="years")
    change_in_purview(row, retentionDuration=in_days(4018))
    refused = writer.post(address(row), form)

    response = writer.post(address(row), {**refused.context["form"].data.dict(), "do": "save"})

    assert response.status_code == 302
    assert Change.objects.get().base == row.document
    assert Change.objects.get().after == {**row.document, "retentionDuration": in_days(3285)}


def test_base_that_was_tampered_with_is_not_relied_on(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    response = writer.post(address(row), sent(row, descriptionForUsers="Bills", base="forged"))

    assert response.status_code == 302
    assert Change.objects.get().base == row.document


@pytest.mark.parametrize("name", ["label", "label-edit", "label-delete"])
def test_label_of_another_tenant_is_not_found(
    signed_in: SignIn, outsider: Person, other_tenant: Tenant, tenant: Tenant, name: str
) -> None:
    theirs: RetentionLabel = mirror_label(tenant)
    browser = signed_in(outsider)

    assert browser.get(reverse(name, args=["elsewhere", theirs.pk])).status_code == 404
    assert browser.get(reverse(name, args=["harrow-vale", theirs.pk])).status_code == 404


def test_unknown_setting_is_shown_and_kept(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant, **make_label(behaviorDuringRetentionPeriod="retainInSpace"))

    page = writer.get(address(row))
    writer.post(address(row), sent(row, descriptionForUsers="Bills"))

    assert "“retainInSpace”, unknown to Fileplan" in page.content.decode()
    assert Change.objects.get().after["behaviorDuringRetentionPeriod"] == "retainInSpace"


def test_unknown_start_of_a_record_is_kept(writer: Client, tenant: Tenant) -> None:
    """No button of the form says it, so a browser sends none."""
    record = {"behaviorDuringRetentionPeriod": "retainAsRecord", "defaultRecordBehavior": "startFrozen"}
    row = mirror_label(tenant, **make_label(**record))

    writer.post(address(row), sent(row, descriptionForUsers="Bills", defaultRecordBehavior=""))

    assert Change.objects.get().after["defaultRecordBehavior"] == "startFrozen"
