"""Recording an event: the form builds the queries, shows what starts, and asks before anything reaches everything."""

from typing import Any

import pytest
from django.test import Client

from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, State
from portal.mirror import markers
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.happening import created, event, said_of_an_event

NEW = "/t/harrow-vale/events/new/"
LIVE = {"HX-Request": "true"}


def post(client: Client, path: str = NEW, **fields: Any) -> Any:
    return client.post(path, said_of_an_event(**fields))


def only() -> Change:
    return Change.objects.get()


def rules(answer: Any, slot: str) -> list[str]:
    return [one.rule for one in answer.context["editor"].places[slot]]


@pytest.fixture
def two_approvers(approver: Person, second_approver: Person) -> list[Person]:
    return [approver, second_approver]


def test_the_form_offers_the_tenants_types_and_the_readers_zone(writer: Client, tenant: Tenant) -> None:
    page = writer.get(NEW)

    assert '<option value="Employee separation" label="2 labels start">' in page.text
    assert page.context["form"]["zone"].value() == "UTC"
    assert "VR-" not in page.text


def test_asset_ids_and_case_words_become_queries(writer: Client, tenant: Tenant) -> None:
    post(writer, asset_ids="4711\r\n 4712\t\r\n4711\r\n", case_words="4711\nCase 12", messages_kql='subject:"exit"')

    assert only().after["eventQueries"] == [
        {"queryType": "files", "query": "ComplianceAssetID:4711 ComplianceAssetID:4712"},
        {"queryType": "messages", "query": '"4711" OR "Case 12"'},
        {"queryType": "messages", "query": 'subject:"exit"'},
    ]


def test_an_event_is_drafted_with_marker_day_and_zone(writer: Client, tenant: Tenant) -> None:
    answer = post(writer, note="Left for good.")

    change = only()
    marker = markers.of(change.after)
    assert change.after["displayName"] == f"Departure 4711 {marker}"
    assert change.after["description"] == f"Left for good. 2026-10-31 Europe/Berlin {marker}"
    assert change.after["eventTriggerDateTime"] == "2026-10-30T23:00:00Z"
    assert (change.request.title, change.request.state) == ("Record “Departure 4711”", State.DRAFT)
    assert answer["Location"] == f"/t/harrow-vale/changes/{change.request.number}/events/0/edit/"


def test_the_type_is_spelt_as_the_tenant_spells_it(writer: Client, tenant: Tenant) -> None:
    post(writer, retentionEventType="employee SEPARATION")

    assert only().after["retentionEventType"] == "Employee separation"


def test_follow_ups_are_events_of_one_case_with_markers_of_their_own(writer: Client, tenant: Tenant) -> None:
    post(writer, follow_ups=["30", "90"])

    first, *repeated = Change.objects.order_by("position")
    names = [markers.without(one.name) for one in repeated]
    assert names == ["Departure 4711 +30d", "Departure 4711 +90d"]
    assert [(one.case, one.after_days) for one in repeated] == [(first.marker, 30), (first.marker, 90)]
    assert (first.case, first.after_days) == (first.marker, 0)
    assert len({first.marker, *(one.marker for one in repeated)}) == 3
    assert {str(one.after["eventQueries"]) for one in repeated} == {str(first.after["eventQueries"])}


@pytest.mark.parametrize("typed", ["14, 180", "14;180", " 180  14 ", "14,\t180,14"])
def test_an_event_is_repeated_after_other_days_too(writer: Client, tenant: Tenant, typed: str) -> None:
    post(writer, follow_ups=["30"], other_days=typed)

    changes = Change.objects.order_by("position")
    assert [one.after_days for one in changes] == [0, 14, 30, 180]
    assert {one.case for one in changes} == {changes[0].marker}


def test_five_repetitions_are_taken(writer: Client, tenant: Tenant) -> None:
    post(writer, follow_ups=["30", "90"], other_days="1, 30, 180, 365")

    assert list(Change.objects.order_by("position").values_list("after_days", flat=True)) == [0, 1, 30, 90, 180, 365]


def test_the_preview_says_after_how_many_days_it_is_sent_again(writer: Client, tenant: Tenant) -> None:
    fields = said_of_an_event(do="live", follow_ups=["30"], other_days="14, 180")

    assert "Then again after 14, 30 and 180 days" in writer.post(NEW, fields, headers=LIVE).text


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"day": "2026-02-31"}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"day": "soon"}, "day"),
        ({"zone": ""}, "zone"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"displayName": "n" * 281}, "displayName"),
        ({"displayName": "a\ud800b".encode("utf-8", "replace").decode()[0:1] + "\x00"}, "displayName"),
        ({"follow_ups": ["31"]}, "follow_ups"),
        ({"other_days": "0"}, "other_days"),
        ({"other_days": "366"}, "other_days"),
        ({"other_days": "-14"}, "other_days"),
        ({"other_days": "14 days"}, "other_days"),
        ({"other_days": "1.5"}, "other_days"),
        ({"other_days": "٣"}, "other_days"),
        ({"other_days": "1, 2, 3, 4, 5", "follow_ups": ["30"]}, "other_days"),
        ({"asset_ids": "", "case_words": "", "confirmed_type": "Another"}, "confirmed_type"),
    ],
)
@pytest.mark.parametrize("do", ["save", "submit"])
def test_bad_input_is_told_at_its_field_and_kept(
    writer: Client, tenant: Tenant, fields: dict[str, Any], at: str, do: str
) -> None:
    answer = post(writer, note="Typed long ago.", do=do, **fields)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [at]
    assert "Typed long ago." in answer.text
    if at in ("day", "confirmed_type", "other_days"):
        assert f'value="{fields[at]}"' in answer.text
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("fields", "slot", "rule"),
    [
        ({"displayName": ""}, "displayName", "VR-57"),
        ({"retentionEventType": ""}, "retentionEventType", "VR-57"),
        ({"day": ""}, "day", "VR-57"),
        ({"displayName": "n" * 50}, "displayName", "VR-58"),
        ({"displayName": "Departure: 1"}, "displayName", "VR-58"),
        ({"asset_ids": "", "case_words": ""}, "asset_ids", "VR-59"),
        ({"files_kql": "a b c"}, "asset_ids", "VR-61"),
    ],
)
def test_what_the_rules_forbid_is_told_at_its_field(
    writer: Client, tenant: Tenant, two_approvers: list[Person], fields: dict[str, Any], slot: str, rule: str
) -> None:
    answer = post(writer, do="submit", **fields)

    assert answer.status_code == 422
    assert rule in rules(answer, slot)
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("fields", "slot", "rule"),
    [
        ({"case_words": ""}, "asset_ids", "VR-60"),
        ({"files_kql": "4711"}, "asset_ids", "VR-62"),
        ({"day": "2020-01-01"}, "day", "VR-65"),
        ({"retentionEventType": "Product end"}, "retentionEventType", "VR-64"),
    ],
)
def test_what_the_rules_warn_of_is_told_at_its_field(
    writer: Client, tenant: Tenant, fields: dict[str, Any], slot: str, rule: str
) -> None:
    answer = writer.post(NEW, said_of_an_event(do="live", **fields), headers=LIVE)

    assert answer.status_code == 200
    assert rule in rules(answer, slot)


def test_the_same_type_and_query_again_is_pointed_out(writer: Client, tenant: Tenant, recorded: Mirrored) -> None:
    """VR-63."""
    answer = writer.post(NEW, said_of_an_event(do="live"), headers=LIVE)

    assert rules(answer, "asset_ids") == ["VR-63"]
    assert "“Departure 4700”" in answer.text


def test_a_repetition_whose_name_would_not_fit_is_told_where_it_is_chosen(writer: Client, tenant: Tenant) -> None:
    answer = writer.post(NEW, said_of_an_event("n" * 48, do="live", follow_ups=["30"]), headers=LIVE)

    assert rules(answer, "follow_ups") == ["VR-58"]
    assert rules(answer, "displayName") == []


def test_the_preview_says_which_labels_start_and_when_each_is_due(writer: Client, tenant: Tenant) -> None:
    answer = writer.post(NEW, said_of_an_event(do="live"), headers=LIVE)

    starts = [(one.row.display_name, one.keeps, one.first_due) for one in answer.context["editor"].starts]
    assert starts == [
        ("HR Personnel file 10y", "3653 days", "31 October 2036"),
        ("HR Pension for ever", "for ever", "never"),
    ]
    assert 'id="event-rail"' in answer.text
    assert "<html" not in answer.text


def test_without_script_the_preview_is_the_whole_page(writer: Client, tenant: Tenant) -> None:
    answer = post(writer, do="live")

    assert (answer.status_code, "<html" in answer.text) == (200, True)
    assert "31 October 2036" in answer.text


def test_the_field_that_confirms_is_not_swapped_while_it_is_typed_in(writer: Client, tenant: Tenant) -> None:
    unscoped = said_of_an_event(do="live", asset_ids="", case_words="")

    asked, typing = (writer.post(NEW, unscoped | more, headers=LIVE).text for more in ({}, {"asks": "yes"}))

    assert 'id="event-confirm"' in asked
    assert 'id="event-confirm"' not in typing


def test_an_unscoped_event_is_not_submitted_without_its_types_name(
    writer: Client, tenant: Tenant, two_approvers: list[Person]
) -> None:
    answer = post(writer, do="submit", asset_ids="", case_words="")

    assert answer.status_code == 422
    assert answer.context["form"].errors["confirmed_type"] == ["Type “Employee separation”, exactly as it is written."]


def test_an_unscoped_event_that_is_confirmed_waits_for_two_approvers(
    writer: Client, tenant: Tenant, two_approvers: list[Person], author: Person
) -> None:
    post(writer, do="submit", asset_ids="", case_words="", confirmed_type="Employee separation", follow_ups=["30"])

    request = ChangeRequest.objects.get()
    assert (request.state, request.approvals_wanted) == (State.IN_REVIEW, 2)
    given = [(one["rule"], one["by"]) for change in request.changes.all() for one in change.acknowledgements]
    assert given == [("VR-59", author.pk)] * 2


def test_submitting_needs_a_reason(writer: Client, tenant: Tenant, approver: Person) -> None:
    answer = post(writer, do="submit", reason="")

    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors


def test_an_event_can_join_an_open_draft(writer: Client, tenant: Tenant, author: Person) -> None:
    request = drafted(tenant, author, event("Departure 1"))

    post(writer, request=str(request.number), asset_ids="99")

    assert ChangeRequest.objects.count() == 1
    assert request.changes.count() == 2


def drafted(tenant: Tenant, author: Person, document: dict[str, Any]) -> ChangeRequest:
    return actions.draft(tenant, by=author, title="A departure", reason="HR says so.", wanted=[created(document)])


def place(request: ChangeRequest, position: int = 0) -> str:
    return f"/t/harrow-vale/changes/{request.number}/events/{position}/edit/"


def test_the_form_in_a_draft_shows_what_was_typed(writer: Client, tenant: Tenant) -> None:
    fields = {"note": "Left.", "asset_ids": "4711\n4712", "files_kql": "Year:2026", "follow_ups": ["90"]}
    fields["other_days"] = "14, 180"
    path = post(writer, **fields)["Location"]

    form = writer.get(path).context["form"]

    assert {name: form[name].value() for name in fields} == fields
    assert [form[name].value() for name in ("displayName", "day", "zone")] == [
        "Departure 4711",
        "2026-10-31",
        "Europe/Berlin",
    ]


def test_another_name_takes_another_place_and_keeps_the_marker(writer: Client, tenant: Tenant) -> None:
    path = post(writer, follow_ups=["30"])["Location"]
    before = set(Change.objects.values_list("marker", flat=True))
    request = ChangeRequest.objects.get()

    post(writer, path, displayName="Exit 4711", follow_ups=["30"], content_hash=request.content_hash)

    changes = list(Change.objects.order_by("position"))
    assert [markers.without(one.name) for one in changes] == ["Exit 4711", "Exit 4711 +30d"]
    assert {one.marker for one in changes} == before
    assert changes[1].case == changes[0].marker


def test_a_repetition_that_is_not_chosen_any_more_goes(writer: Client, tenant: Tenant) -> None:
    path = post(writer, follow_ups=["30", "90"])["Location"]
    request = ChangeRequest.objects.get()

    post(writer, path, follow_ups=["90"], content_hash=request.content_hash)

    assert [one.after_days for one in Change.objects.order_by("position")] == [0, 90]


def test_the_address_of_a_repetition_opens_its_case(writer: Client, tenant: Tenant) -> None:
    post(writer, follow_ups=["30"])
    request = ChangeRequest.objects.get()

    assert writer.get(place(request, 2)).context["form"]["displayName"].value() == "Departure 4711"


def test_a_draft_that_changed_meanwhile_is_not_written_over(writer: Client, tenant: Tenant, author: Person) -> None:
    request = drafted(tenant, author, event())

    answer = post(writer, place(request), displayName="Exit", content_hash="0" * 64)

    assert answer.status_code == 409
    assert "Somebody changed this draft" in answer.text
    assert Change.objects.get().name.startswith("Departure 4711")


def test_nothing_of_an_event_is_edited_in_review(
    writer: Client, tenant: Tenant, author: Person, approver: Person
) -> None:
    request = drafted(tenant, author, event())
    actions.submit(request, by=author, content_hash=request.content_hash)

    assert writer.get(place(request)).status_code == 422
