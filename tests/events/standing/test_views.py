"""Standing approvals on pages: the list, one of them, the form with its preview, and withdrawing."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import StandingApproval
from events.standing import actions, apply
from events.standing.sources import sources
from portal.changes.models import ChangeRequest, State
from portal.tenants.models import Person, System, Tenant
from tests.allowing import (
    COVERED,
    allowed,
    covered,
    in_force,
    make_system,
    request_of,
    said_of_a_standing_approval,
    standing,
)
from tests.changing import drafted, submitted
from tests.events.standing.conftest import signed_in, the_request
from tests.happening import created

LIST = "/t/harrow-vale/standing-approvals/"
NEW = f"{LIST}new/"
LIVE = {"HX-Request": "true"}


@pytest.fixture
def waiting(tenant: Tenant, row: StandingApproval, system: System) -> ChangeRequest:
    """An event that was released under it and waits."""
    request = submitted(tenant, system.person, created(covered()))
    assert apply(request, system)
    return request


def listed(client: Client) -> list[tuple[str, str, int]]:
    return [(one.document["displayName"], one.state, one.released) for one in client.get(LIST).context["rows"]]


# The list


def test_list_says_that_there_is_none(writer: Client) -> None:
    page = writer.get(LIST).text

    assert "No standing approvals yet" in page
    assert "a person decides on every event" in page


def test_list_names_each_with_its_state_and_how_often_it_was_used(
    writer: Client,
    tenant: Tenant,
    author: Person,
    approver: Person,
    second_approver: Person,
    waiting: ChangeRequest,
) -> None:
    ended = in_force(tenant, author, [approver, second_approver], displayName="Ended")
    old = in_force(tenant, author, [approver, second_approver], displayName="Old")
    actions.withdraw(ended, by=author, reason="No more.")
    StandingApproval.objects.filter(pk=old.pk).update(expires_on="2026-01-01")
    drafted(tenant, author, allowed(standing("Wished for")))
    submitted(tenant, author, allowed(standing("Asked for")))

    assert listed(writer) == [
        ("Asked for", "in_review", 0),
        ("Wished for", "draft", 0),
        ("Leavers from HR", "in_force", 1),
        ("Old", "expired", 0),
        ("Ended", "withdrawn", 0),
    ]
    page = writer.get(LIST).text
    assert "1 standing approval is in force." in page
    assert "Ben Approver, Cleo Approver" in page


def test_list_leaves_out_what_was_turned_down(writer: Client, tenant: Tenant, author: Person) -> None:
    request = drafted(tenant, author, allowed())
    ChangeRequest.objects.filter(pk=request.pk).update(state=State.REJECTED)

    assert listed(writer) == []


def test_list_asks_the_same_for_one_and_for_three(
    writer: Client, tenant: Tenant, author: Person, approver: Person, second_approver: Person, row: StandingApproval
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            writer.get(LIST)
        return len(queries)

    asked()
    once = asked()
    for name in ("Second", "Third"):
        in_force(tenant, author, [approver, second_approver], displayName=name)

    assert asked() == once


def test_events_lead_to_the_list(writer: Client) -> None:
    assert LIST in writer.get("/t/harrow-vale/events/").text


# One of them


def test_detail_says_what_it_approves_and_who_approved_it(
    writer: Client, row: StandingApproval, waiting: ChangeRequest
) -> None:
    answer = writer.get(f"{LIST}{row.pk}/")

    assert answer.context["one"].approvers == ["Ben Approver", "Cleo Approver"]
    assert [made.request for made in answer.context["page"]] == [waiting]
    for text in ("Departure {asset_id} {day}", "Fewest characters of an asset ID", "hr-core", COVERED, "In force"):
        assert text in answer.text
    assert "1 event that waits under it is then not sent" in answer.text


def test_an_auditor_reads_it_and_is_offered_nothing(row: StandingApproval, auditor: Person) -> None:
    page = signed_in(auditor).get(f"{LIST}{row.pk}/").text

    assert "Withdraw the standing approval" not in page
    assert signed_in(auditor).post(f"{LIST}{row.pk}/withdraw/", {"reason": "No."}).status_code == 403


def test_the_page_of_an_event_says_under_which_it_was_released(
    writer: Client, row: StandingApproval, waiting: ChangeRequest
) -> None:
    under = request_of(row)

    page = writer.get(waiting.get_absolute_url()).text

    assert f"Released under standing approval #{under.number}" in page
    assert f"released it under standing approval #{under.number}" in page
    assert under.content_hash[:4] in page
    assert "of 1 approval" not in page
    assert "This is not sent." not in page


def test_the_history_tells_of_it(writer: Client, row: StandingApproval, waiting: ChangeRequest, author: Person) -> None:
    actions.withdraw(row, by=author, reason="No more.")

    page = writer.get("/t/harrow-vale/history/").text

    assert "Change released under a standing approval" in page
    assert "Standing approval withdrawn" in page
    assert "standing_content" not in page


# Withdrawing


def test_withdrawing_takes_one_press_and_says_what_is_not_sent(
    row: StandingApproval, waiting: ChangeRequest, approver: Person
) -> None:
    client = signed_in(approver)

    answer = client.post(f"{LIST}{row.pk}/withdraw/", {"reason": "HR reports nonsense."}, follow=True)

    assert "1 event that waited under it is not sent." in answer.text
    assert "It was withdrawn and approves nothing any more." in answer.text
    assert "HR reports nonsense." in answer.text
    assert "Withdraw the standing approval" not in answer.text
    assert "its standing approval has ended" in client.get("/t/harrow-vale/events/due/").text
    assert "The standing approval it was released under was withdrawn." in client.get(waiting.get_absolute_url()).text


def test_withdrawing_without_a_reason_asks_for_one(writer: Client, row: StandingApproval) -> None:
    answer = writer.post(f"{LIST}{row.pk}/withdraw/", {"reason": " "})

    assert answer.status_code == 422
    assert "Say why it is withdrawn" in answer.text
    assert StandingApproval.objects.here().exists()


def test_withdrawing_twice_is_told(writer: Client, row: StandingApproval, approver: Person) -> None:
    actions.withdraw(row, by=approver, reason="No more.")

    assert writer.post(f"{LIST}{row.pk}/withdraw/", {"reason": "No more."}).status_code == 409


# Proposing


def test_new_drafts_a_change(writer: Client, tenant: Tenant, system: System) -> None:
    answer = writer.post(NEW, said_of_a_standing_approval())

    request = the_request(answer["Location"], tenant)
    assert (request.state, request.title) == (State.DRAFT, "Standing approval “Leavers from HR”")
    assert request.changes.get().after == standing()
    assert request.approvals_wanted == 2
    assert not StandingApproval.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("displayName", "", "Enter a name."),
        ("source", "payroll", "No such system may report here."),
        ("event_type", "Contract ended", "There is no event type"),
        ("name_template", "Departure of {asset_id} on {day} for good and for ever", "has 57 characters"),
        ("query_kinds", [], "Choose files, messages or both"),
        ("query_kinds", ["teams"], "teams is not one of the available choices"),
        ("asset_id_characters", "", "Choose what asset IDs are made of."),
        ("asset_id_shortest", "four", "Enter a whole number."),
        ("asset_id_longest", "41", "1 to 40"),
        ("expires_on", "2026-02-30", "no date of the calendar"),
        ("expires_on", "2026-01-01", "a day to come"),
        ("most_per_day", "0", "1 to 10,000"),
    ],
)
def test_new_refuses_at_the_field_and_keeps_what_was_typed(
    writer: Client, tenant: Tenant, field: str, typed: Any, says: str
) -> None:
    answer = writer.post(NEW, said_of_a_standing_approval(**{field: typed}))

    assert answer.status_code == 422
    assert says in " ".join(answer.context["form"].errors[field])
    assert answer.context["preview"].name
    assert "Too many to press." in answer.text
    assert not tenant.change_requests.exists()


def test_new_shows_the_longest_name_as_it_is_typed(writer: Client) -> None:
    answer = writer.post(NEW, said_of_a_standing_approval(do="live"), headers=LIVE)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Departure 88888888 2026-12-31" in answer.text
    assert "29 of 49 characters" in answer.text


def test_new_shows_what_does_not_fit(writer: Client) -> None:
    long = "Departure of {asset_id} on {day} for good and for ever"

    answer = writer.post(NEW, said_of_a_standing_approval(name_template=long, do="live"), headers=LIVE)

    assert "57 characters; 49 fit" in answer.text


def test_new_shows_the_longest_name_without_script(writer: Client, tenant: Tenant) -> None:
    answer = writer.post(NEW, said_of_a_standing_approval(do="look", query_kinds=["messages"]))

    assert answer.status_code == 200
    assert "Departure 88888888 2026-12-31" in answer.text
    assert "Too many to press." in answer.text
    assert answer.context["form"]["query_kinds"].value() == ["messages"]
    assert not tenant.change_requests.exists()


def test_new_offers_the_systems_that_may_report(writer: Client, tenant: Tenant, system: System) -> None:
    closed = make_system(tenant, "payroll")
    System.objects.filter(pk=closed.pk).update(is_active=False)

    assert sources(tenant) == [("hr-core", "hr-core")]
    assert sources(tenant, "payroll") == [("hr-core", "hr-core"), ("payroll", "payroll")]
    assert '<option value="hr-core"' in writer.get(NEW).text


@pytest.fixture
def draft(tenant: Tenant, author: Person) -> ChangeRequest:
    return drafted(tenant, author, allowed())


def in_change(request: ChangeRequest) -> str:
    return f"/t/harrow-vale/changes/{request.number}/standing-approvals/0/edit/"


def test_a_draft_is_written_on(writer: Client, draft: ChangeRequest) -> None:
    shown = writer.get(in_change(draft)).context["form"]
    typed = said_of_a_standing_approval("Leavers", asset_id_longest="9", content_hash=draft.content_hash)

    answer = writer.post(in_change(draft), typed)

    assert (shown["name_template"].value(), shown["query_kinds"].value()) == (
        "Departure {asset_id} {day}",
        ["files", "messages"],
    )
    assert answer["Location"] == draft.get_absolute_url()
    (change,) = draft.changes.all()
    assert (change.name, (change.after or {})["asset_id_longest"]) == ("Leavers", 9)
    assert f'href="{in_change(draft)}"'.replace("/0/", f"/{change.position}/") in writer.get(answer["Location"]).text


def test_a_draft_somebody_changed_meanwhile_is_shown_again(writer: Client, draft: ChangeRequest) -> None:
    typed = said_of_a_standing_approval(asset_id_longest="9", content_hash="0" * 64)

    answer = writer.post(in_change(draft), typed)
    again = writer.post(in_change(draft), {**typed, "content_hash": answer.context["form"]["content_hash"].value()})

    assert (answer.status_code, again.status_code) == (409, 302)
    assert "Save again to replace" in answer.text


def test_in_review_nothing_of_it_is_edited(
    writer: Client, tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    request = submitted(tenant, author, allowed())

    assert writer.get(in_change(request)).status_code == 422
    assert writer.get(f"/t/harrow-vale/changes/{request.number}/standing-approvals/8/edit/").status_code == 404
