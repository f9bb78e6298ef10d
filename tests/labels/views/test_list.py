"""The list of labels."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.changes import actions
from portal.changes.models import Change, ChangeRequest
from portal.changes.objects import Wanted
from portal.mirror.kinds import Action
from portal.mirror.models import Cause, RunState, SyncRun
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.changing import ran
from tests.conftest import SignIn
from tests.labels.builders import described, in_days, make_label, on_event
from tests.labels.factories import change_in_purview, mirror, mirror_label

LIST = reverse("labels", args=["harrow-vale"])


def propose(row: Any, author: Person) -> ChangeRequest:
    after = {**row.document, "descriptionForUsers": "New words"}
    wanted = Wanted("retentionLabel", Action.UPDATE, row.document, after, row.graph_id)
    return actions.draft(row.tenant, by=author, title="Words", wanted=[wanted])


def names(response: Any) -> list[str]:
    return [row.label.display_name for row in response.context["rows"]]


@pytest.mark.parametrize("who", ["author", "approver", "auditor", "administrator"])
def test_page_is_for_every_member(request: pytest.FixtureRequest, signed_in: SignIn, tenant: Tenant, who: str) -> None:
    response = signed_in(request.getfixturevalue(who)).get(LIST)

    assert response.status_code == 200
    assert (reverse("label-new", args=["harrow-vale"]) in response.content.decode()) == (who == "author")


def test_page_is_not_for_others(signed_in: SignIn, tenant: Tenant, outsider: Person) -> None:
    assert signed_in(outsider).get(LIST).status_code == 404


def test_tabs_count_and_divide(writer: Client, tenant: Tenant, author: Person) -> None:
    mirror_label(tenant, displayName="Live")
    propose(mirror_label(tenant, displayName="Pending"), author)
    change_in_purview(mirror_label(tenant, displayName="Outside"), descriptionForUsers="Theirs")
    mirror(tenant, "retentionLabel", make_label(displayName="Gone"), gone_at=clock.now())

    tabs = {tab["state"]: tab["count"] for tab in writer.get(LIST).context["tabs"]}
    shown = {state: names(writer.get(LIST, {"state": state})) for state in tabs}

    assert tabs == {"": 3, "live": 1, "pending": 1, "outside": 1, "gone": 1}
    assert shown == {
        "": ["Live", "Outside", "Pending"],
        "live": ["Live"],
        "pending": ["Pending"],
        "outside": ["Outside"],
        "gone": ["Gone"],
    }


def test_tab_of_what_is_gone_is_there_only_for_something(writer: Client, tenant: Tenant) -> None:
    mirror_label(tenant, displayName="Live")

    assert "gone" not in [tab["state"] for tab in writer.get(LIST).context["tabs"]]
    assert "No label is gone" in writer.get(LIST, {"state": "gone"}).content.decode()


def test_page_says_when_the_mirror_is_late(writer: Client, tenant: Tenant) -> None:
    mirror_label(tenant, displayName="Live")
    ran(tenant, ago=10_000)

    assert "The mirror is late." in writer.get(LIST).content.decode()


def test_row_names_the_open_change(writer: Client, tenant: Tenant, author: Person) -> None:
    change_request = propose(mirror_label(tenant), author)

    content = writer.get(LIST).content.decode()

    assert "#1 draft" in content
    assert f'href="{change_request.get_absolute_url()}"' in content


@pytest.mark.parametrize("push", ["done", "cancelled"])
def test_ended_change_is_not_pending(writer: Client, tenant: Tenant, author: Person, push: str) -> None:
    propose(mirror_label(tenant), author)
    ChangeRequest.objects.update(state="approved")
    Change.objects.update(push=push)

    assert writer.get(LIST).context["tabs"][2]["count"] == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "payroll"}, ["HR Payroll"]),
        ({"q": "hr-015"}, ["HR Payroll"]),
        ({"q": "act 1980"}, ["HR Payroll"]),
        ({"q": "nothing"}, []),
        ({"kept": "retainAsRecord"}, ["HR Payroll"]),
        ({"kept": ["retainAsRecord", "retain"]}, ["FIN Bills", "HR Leavers", "HR Payroll"]),
        ({"starts": "dateOfEvent"}, ["HR Leavers"]),
        ({"then": "delete", "starts": "dateCreated"}, ["FIN Bills", "HR Payroll"]),
        ({"department": "Human resources"}, ["HR Payroll"]),
        ({"in_use": "True"}, ["FIN Bills"]),
        ({"event_type_name": "Employee departure"}, ["HR Leavers"]),
    ],
)
def test_filters_narrow(writer: Client, tenant: Tenant, query: dict[str, Any], found: list[str]) -> None:
    parts = described(filePlanReference="HR-015", citation="Limitation Act 1980", department="Human resources")
    mirror_label(tenant, displayName="HR Payroll", behaviorDuringRetentionPeriod="retainAsRecord", descriptors=parts)
    mirror_label(tenant, displayName="FIN Bills", in_use=True)
    mirror(tenant, "retentionLabel", on_event(displayName="HR Leavers"))

    assert names(writer.get(LIST, query)) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Ever", "Long", "Short"]),
        ("-name", ["Short", "Long", "Ever"]),
        ("period", ["Short", "Long", "Ever"]),
        ("-period", ["Ever", "Long", "Short"]),
    ],
)
def test_columns_sort(writer: Client, tenant: Tenant, sort: str, order: list[str]) -> None:
    mirror_label(tenant, displayName="Short", retentionDuration=in_days(1))
    mirror_label(tenant, displayName="Long", retentionDuration=in_days(900))
    forever = {"@odata.type": "#microsoft.graph.security.retentionDurationForever"}
    mirror_label(tenant, displayName="Ever", retentionDuration=forever, actionAfterRetentionPeriod="none")

    response = writer.get(LIST, {"sort": sort, "kept": "retain"})

    assert names(response) == order
    content = response.content.decode()
    assert content.count("aria-sort=") == 1
    assert f'aria-sort="{"descending" if sort.startswith("-") else "ascending"}"' in content


def test_pages_keep_the_query(writer: Client, tenant: Tenant) -> None:
    for number in range(23):
        mirror_label(tenant, displayName=f"Label {number:02}")

    first = writer.get(LIST, {"sort": "-name", "kept": "retain"})
    second = writer.get(LIST, {"sort": "-name", "kept": "retain", "page": "2"})
    whole = writer.get(LIST, {"per": "50"})

    assert "?sort=-name&amp;kept=retain&amp;page=2" in first.content.decode()
    assert "Showing 1 to 20 of 23 labels" in first.content.decode()
    assert [len(names(page)) for page in (first, second, whole)] == [20, 3, 23]


def test_htmx_gets_the_rows_only(writer: Client, tenant: Tenant) -> None:
    mirror_label(tenant)

    piece = writer.get(LIST, headers={"HX-Request": "true"})
    back = writer.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert "<html" not in piece.content.decode()
    assert 'id="label-tabs"' in piece.content.decode()
    assert "<html" in back.content.decode()
    assert "HX-Request" in piece["Vary"]


def test_list_says_how_old_it_is(writer: Client, tenant: Tenant) -> None:
    never = writer.get(LIST).content.decode()
    now = clock.now()
    SyncRun.objects.create(
        tenant=tenant, state=RunState.COMPLETE, cause=Cause.TIMETABLE, started_at=now, touched_at=now
    )

    assert "Purview was never read completely" in never
    assert "as Purview held it" in writer.get(LIST).content.decode()


def test_empty_lists_say_why(writer: Client, tenant: Tenant) -> None:
    nothing = writer.get(LIST).content.decode()
    mirror_label(tenant)
    no_match = writer.get(LIST, {"q": "x"}).content.decode()
    all_agreed = writer.get(LIST, {"state": "outside"}).content.decode()

    assert "No labels yet" in nothing
    assert "No label matches" in no_match
    assert "Nothing was changed outside" in all_agreed


def test_list_costs_the_same_for_one_row_and_for_three(writer: Client, tenant: Tenant, author: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            writer.get(LIST)
        return len(queries)

    propose(mirror_label(tenant, displayName="1"), author)
    writer.get(LIST)
    one = cost()
    for name in ("2", "3"):
        propose(mirror_label(tenant, displayName=name), author)

    assert cost() == one
