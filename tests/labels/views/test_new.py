"""The form of a new label, and how it is saved and submitted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.changes.models import ChangeRequest, State
from portal.tenants.models import Person, Tenant
from tests.conftest import SignIn
from tests.labels.builders import described, in_days, make_label, on_event, reviewed, stage
from tests.labels.factories import mirror_label, typed

NEW = reverse("label-new", args=["harrow-vale"])
LABEL = make_label()


def drafted() -> ChangeRequest:
    return ChangeRequest.objects.get()


def wanted(change_request: ChangeRequest, kind: str = "retentionLabel") -> Any:
    return change_request.changes.get(kind=kind, carried_by="graph").after


def test_page_finds_no_fault_with_a_blank_form(writer: Client, tenant: Tenant) -> None:
    response = writer.get(NEW)

    assert response.status_code == 200
    assert response.context["editor"].noted == []


def test_save_drafts_every_setting_that_was_typed(writer: Client, tenant: Tenant, author: Person) -> None:
    document = reviewed(
        stage(1, "HR", "hr@harrow.test", "it@harrow.test"),
        stage(2, "Legal", "legal@harrow.test"),
        descriptionForAdmins="Series 4",
        descriptionForUsers="Files of people",
        behaviorDuringRetentionPeriod="retainAsRecord",
        defaultRecordBehavior="startUnlocked",
        retentionTrigger="dateOfEvent",
        retentionEventType="Employee departure",
    )

    response = writer.post(NEW, typed(document))

    assert response.status_code == 302
    assert response.url == reverse("label-in-change", args=["harrow-vale", 1, 0])
    assert wanted(drafted()) == document
    assert (drafted().title, drafted().reason) == ("Create “FIN Invoices 10y”", "The schedule says so.")
    assert (drafted().state, drafted().author) == (State.DRAFT, author)


def test_save_keeps_what_a_rule_blocks(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(make_label(displayName="a" * 65)))

    assert response.status_code == 302
    assert drafted().changes.get().findings[0]["rule"] == "VR-02"


def test_submit_sends_to_review(writer: Client, tenant: Tenant, approver: Person, second_approver: Person) -> None:
    response = writer.post(NEW, typed(LABEL, do="submit"))

    assert response.status_code == 302
    assert response.url == drafted().get_absolute_url()
    assert drafted().state == State.IN_REVIEW


def test_submit_refuses_what_a_rule_blocks_and_keeps_what_was_typed(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(make_label(displayName="HR, leavers"), do="submit", title="Leavers"))

    assert response.status_code == 422
    assert not ChangeRequest.objects.exists()
    content = response.content.decode()
    assert 'value="HR, leavers"' in content
    assert 'value="Leavers"' in content
    assert '<a href="#id_displayName">Remove , from the name.</a>' in content


def test_submit_asks_for_a_reason(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(LABEL, do="submit", reason=" "))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["reason"]


def test_submit_says_when_nobody_could_approve_and_saves_nothing(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(LABEL, do="submit"))

    assert response.status_code == 422
    assert "approver" in response.context["form"].non_field_errors()[0]
    assert not ChangeRequest.objects.exists()


def test_submit_wants_every_confirmation(
    writer: Client, tenant: Tenant, approver: Person, second_approver: Person, author: Person
) -> None:
    document = on_event()
    refused = writer.post(NEW, typed(document, do="submit"))
    confirmed = {"acknowledged": "VR-43:retentionTrigger", "reason-VR-43": "Rehearsed in the test tenant."}

    accepted = writer.post(NEW, typed(document, do="submit", **confirmed))

    assert (refused.status_code, accepted.status_code) == (422, 302)
    (given,) = drafted().changes.get().acknowledgements
    assert (given["rule"], given["reason"], given["name"]) == ("VR-43", "Rehearsed in the test tenant.", author.name)


def test_save_creates_what_the_label_names_and_nobody_has(writer: Client, tenant: Tenant) -> None:
    document = on_event(
        retentionEventType="Assignment ended",
        descriptors=described(authority="legal ", category="Personnel", subcategory="Agency", citation="Act 1980"),
    )

    writer.post(NEW, typed(document, citationUrl="https://law.example/1980", citationJurisdiction="UK"))

    assert wanted(drafted(), "retentionEventType") == {"displayName": "Assignment ended", "description": ""}
    assert wanted(drafted(), "category") == {"displayName": "Personnel"}
    assert wanted(drafted(), "subcategory") == {"displayName": "Agency", "category": "Personnel"}
    assert wanted(drafted(), "citation") == {
        "displayName": "Act 1980",
        "citationUrl": "https://law.example/1980",
        "citationJurisdiction": "UK",
    }
    assert wanted(drafted())["descriptors"]["authority"] == "Legal"
    assert not drafted().changes.filter(kind="authority").exists()


def test_save_leaves_out_what_the_choices_close(writer: Client, tenant: Tenant) -> None:
    sent = typed(
        LABEL, retentionEventType="Employee departure", labelToBeApplied="Other", defaultRecordBehavior="startUnlocked"
    )

    writer.post(NEW, sent | {"dispositionReviewStages-0-name": "HR"})

    assert wanted(drafted()) == LABEL


def test_save_joins_an_open_draft_of_the_author(writer: Client, tenant: Tenant) -> None:
    writer.post(NEW, typed(LABEL))

    response = writer.post(NEW, typed(make_label(displayName="FIN Bills 10y"), request="1", reason="So does the law."))

    assert response.status_code == 302
    assert [change.name for change in drafted().changes.order_by("position")] == ["FIN Invoices 10y", "FIN Bills 10y"]
    assert drafted().reason == "The schedule says so.\n\nSo does the law."


def test_save_refuses_a_draft_that_holds_the_label_already(writer: Client, tenant: Tenant) -> None:
    writer.post(NEW, typed(LABEL))

    response = writer.post(NEW, typed(make_label(displayName="fin invoices 10Y"), request="1"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["request"]


def test_drafts_of_others_cannot_be_joined(writer: Client, tenant: Tenant, signed_in: SignIn, approver: Person) -> None:
    writer.post(NEW, typed(LABEL))
    ChangeRequest.objects.update(author=approver)

    response = writer.post(NEW, typed(make_label(displayName="FIN Bills 10y"), request="1"))

    assert response.status_code == 422


@pytest.mark.parametrize("number", ["1", "999", "x"])
def test_page_proposes_the_draft_it_was_opened_from(writer: Client, tenant: Tenant, number: str) -> None:
    writer.post(NEW, typed(LABEL))

    response = writer.get(NEW, {"request": number})

    assert response.status_code == 200
    assert (b'<option value="1" selected>' in response.content) == (number == "1")


def test_live_answers_with_the_summary_and_findings_only(writer: Client, tenant: Tenant) -> None:
    document = make_label(retentionDuration=in_days(2190))

    response = writer.post(NEW, typed(document, do="live"), headers={"HX-Request": "true"})

    content = response.content.decode()
    assert "Keep each item for <b>6 years</b> after it was <b>created</b>. Then it is <b>deleted</b>" in content
    assert "Use 2,192 days" in content
    assert "<form" not in content
    assert not ChangeRequest.objects.exists()


def test_live_without_htmx_is_the_page_with_what_was_typed(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(LABEL, do="live"))

    assert response.status_code == 200
    assert 'value="FIN Invoices 10y"' in response.content.decode()


def test_mend_uses_the_safe_number_of_days(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(make_label(retentionDuration=in_days(2190)), mend="VR-70"))

    form = response.context["form"]
    assert (form["retentionDuration"].value(), form["retentionDurationUnit"].value()) == ("2192", "days")


def test_option_that_cannot_be_is_disabled_with_its_reason(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(on_event(), do="live"))

    html = response.context["form"]["actionAfterRetentionPeriod"].as_widget()
    assert "Not possible for a label that starts on an event." in html
    assert html.count("disabled") == 1


@pytest.mark.parametrize(
    ("button", "names", "said"),
    [
        ("stage-add", ["HR", "Legal", ""], ""),
        ("stage-up-2", ["Legal", "HR"], "Legal is now stage 1 of 2."),
        ("stage-down-1", ["Legal", "HR"], "HR is now stage 2 of 2."),
        ("stage-remove-1", ["Legal"], "Stage removed. 1 are left."),
        ("stage-up-1", ["HR", "Legal"], "HR is now stage 1 of 2."),
        ("stage-up-9", ["HR", "Legal"], ""),
        ("stage-?", ["HR", "Legal"], ""),
    ],
)
def test_stage_buttons_keep_what_was_typed(
    writer: Client, tenant: Tenant, button: str, names: list[str], said: str
) -> None:
    document = reviewed(stage(1, "HR", "hr@harrow.test"), stage(2, "Legal", "not an address"))

    response = writer.post(NEW, typed(document, do=button, title="Typed"))

    assert response.status_code == 200
    assert [form["name"].value() for form in response.context["editor"].stages] == names
    assert response.context["form"]["title"].value() == "Typed"
    assert response.context["said"] == said


def test_stage_button_answers_htmx_with_the_stages(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(LABEL, do="stage-add"), headers={"HX-Request": "true"})

    content = response.content.decode()
    assert content.lstrip().startswith("<div")
    assert "autofocus" in content
    assert "<html" not in content


@pytest.mark.parametrize("name", ["fin invoices 10y", "FIN Invoices 10y ", "FIN Belege fu\u0308r alle"])
def test_submit_refuses_a_name_that_is_taken(writer: Client, tenant: Tenant, approver: Person, name: str) -> None:
    mirror_label(tenant)
    mirror_label(tenant, displayName="FIN Belege für alle")

    response = writer.post(NEW, typed(make_label(displayName=name), do="submit"))

    assert response.status_code == 422
    assert "VR-03" in {one.finding.rule for one in response.context["editor"].to_fix}


@pytest.mark.parametrize("who", ["approver", "auditor", "administrator"])
def test_page_is_for_authors(request: pytest.FixtureRequest, signed_in: SignIn, tenant: Tenant, who: str) -> None:
    assert signed_in(request.getfixturevalue(who)).get(NEW).status_code == 403


def test_page_of_another_tenant_is_not_found(signed_in: SignIn, tenant: Tenant, outsider: Person) -> None:
    assert signed_in(outsider).get(NEW).status_code == 404
