from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.audit.models import Entry
from portal.changes.drift.adopting import adoption
from portal.changes.drift.cases import Case
from portal.changes.models import Change, ChangeRequest
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.changing import ran
from tests.labels.builders import described, make_label, on_event
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import agreed, drafted, mirror
from tests.portal.changes.drift.conftest import made_outside, outside

pytestmark = pytest.mark.django_db
EVERYBODY = ["author", "approver", "auditor", "administrator"]


def see(client: Client, person: Person, name: str, *args: object, query: str = "") -> Any:
    client.force_login(person)
    response: Any = client.get(reverse(name, args=["harrow-vale", *args]) + query)
    response.text = " ".join(response.content.decode().split())
    return response


def send(client: Client, person: Person, name: str, *rows: Mirrored, reason: str = "") -> HttpResponse:
    client.force_login(person)
    form = {"chosen": [str(Case(row).key) for row in rows], "reason": reason}
    return client.post(reverse(name, args=["harrow-vale"]), form)


@pytest.mark.parametrize("role", EVERYBODY)
def test_drift_is_open_to_every_member(
    client: Client, request: pytest.FixtureRequest, changed: Mirrored, role: str
) -> None:
    person = request.getfixturevalue(role)

    page = see(client, person, "drift")
    case = see(client, person, "drift-case", changed.kind, changed.pk)

    assert (page.status_code, case.status_code) == (200, 200)
    assert ("Propose to adopt it" in case.text) == (role == "author")
    assert ("Propose to adopt the chosen" in page.text) == (role == "author")


def test_drift_is_closed_to_outsiders(client: Client, outsider: Person, changed: Mirrored) -> None:
    assert see(client, outsider, "drift").status_code == 404
    assert see(client, outsider, "drift-case", changed.kind, changed.pk).status_code == 404
    assert send(client, outsider, "drift-adopt", changed).status_code == 404


def test_case_of_another_tenant_is_not_found(client: Client, author: Person, other_tenant: Tenant) -> None:
    row = outside(agreed(other_tenant), descriptionForUsers="Theirs")

    assert see(client, author, "drift-case", row.kind, row.pk).status_code == 404


@pytest.mark.parametrize(("kind", "pk"), [("nothing", 1), ("retentionLabel", 999), ("retentionLabel", 10**30)])
def test_case_that_is_not_there(client: Client, author: Person, kind: str, pk: int) -> None:
    assert see(client, author, "drift-case", kind, pk).status_code == 404


def test_drift_names_who_changed_what(client: Client, author: Person, changed: Mirrored, made: Mirrored) -> None:
    page = see(client, author, "drift").text

    assert "2 objects are not as they were agreed." in page
    assert "Changed outside Fileplan by g.meyer" in page
    assert "Period 3,653 days (10 calendar years) → 1,827 days (5 calendar years)" in page
    assert "Made outside Fileplan by g.meyer" in page


def test_drift_without_a_case_says_so(client: Client, author: Person, tenant: Tenant) -> None:
    assert "The tenant was not read completely yet." in see(client, author, "drift").text
    ran(tenant)
    assert "Everything is as it was agreed." in see(client, author, "drift").text


def test_drift_is_counted_in_the_navigation(client: Client, author: Person, changed: Mirrored) -> None:
    assert '<span>Drift</span><span class="side-count">1</span>' in see(client, author, "changes").text


def test_drift_turns_pages_of_25(client: Client, author: Person, tenant: Tenant) -> None:
    for number in range(26):
        made_outside(tenant, {"displayName": f"Authority {number:02}"}, "authority")

    assert see(client, author, "drift", query="?page=2").text.count("data-choosable") == 1


def test_drift_costs_the_same_for_one_row_and_three(
    client: Client, author: Person, tenant: Tenant, changed: Mirrored
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert see(client, author, "drift").status_code == 200
        return len(asked)

    drafted(tenant, author, adoption(changed))
    queries()
    one = queries()
    for number in range(2):
        outside(tenant, make_label(displayName=f"Other {number}"), descriptionForUsers="Theirs")

    assert queries() == one


def test_case_shows_what_was_agreed_and_what_is_there(client: Client, author: Person, changed: Mirrored) -> None:
    page = see(client, author, "drift-case", changed.kind, changed.pk).text

    assert "g.meyer changed this label in Purview, not through Fileplan" in page
    assert "Period becomes 3,653 days (10 calendar years) again." in page
    assert "Propose to put it back" in page


def test_case_says_why_there_is_no_way_back(client: Client, author: Person, tenant: Tenant) -> None:
    row = outside(tenant, descriptors=described(authority="Business"))

    page = see(client, author, "drift-case", row.kind, row.pk).text

    assert "This is not possible." in page
    assert "<strong>Authority:</strong> Purview lets no program set this again." in page
    assert "Propose to put" not in page


def test_case_says_how_far_the_way_back_goes(client: Client, author: Person, tenant: Tenant) -> None:
    row = outside(tenant, descriptionForUsers="Theirs", retentionTrigger="dateModified")

    page = see(client, author, "drift-case", row.kind, row.pk).text

    assert "Text users see is cleared." in page
    assert "<strong>Counted from:</strong>" in page
    assert "Propose to put back what can be" in page


@pytest.mark.parametrize(("document", "offered"), [(make_label(), True), (on_event(), False)])
def test_case_made_outside_may_be_deleted_if_it_can(
    client: Client, author: Person, tenant: Tenant, document: dict[str, Any], offered: bool
) -> None:
    row = made_outside(tenant, document)

    page = see(client, author, "drift-case", row.kind, row.pk).text

    assert "Nobody agreed on it yet." in page
    assert ("Propose to delete it" in page) == offered
    assert ("Purview does not allow deleting this kind of label." in page) != offered


def test_case_of_a_descriptor(client: Client, author: Person, tenant: Tenant) -> None:
    row = made_outside(tenant, {"displayName": "Payable", "category": "Finance"}, "subcategory")

    page = see(client, author, "drift-case", row.kind, row.pk).text

    assert "made this subcategory in Purview" in page
    assert "Purview lets no program delete subcategories." in page


def test_case_that_is_settled_says_so(client: Client, author: Person, tenant: Tenant) -> None:
    row = mirror(tenant, make_label())

    page = see(client, author, "drift-case", row.kind, row.pk).text

    assert "Nothing to decide" in page
    assert "Propose" not in page


def test_case_names_the_open_request(client: Client, author: Person, tenant: Tenant, changed: Mirrored) -> None:
    request = drafted(tenant, author, adoption(changed), title="Adopt it")

    assert f"#{request.number} Adopt it" in see(client, author, "drift-case", changed.kind, changed.pk).text


# Proposing


def test_adopt_drafts_one_change_for_all(client: Client, author: Person, changed: Mirrored, made: Mirrored) -> None:
    before = Entry.objects.count()

    response = send(client, author, "drift-adopt", changed, made, reason="Both are right.")

    request = ChangeRequest.objects.get()
    assert response["Location"] == request.get_absolute_url()
    assert (request.title, request.reason, request.state) == ("Adopt 2 objects as they are", "Both are right.", "draft")
    assert set(request.changes.values_list("action", "name")) == {
        ("adopt", changed.display_name),
        ("adopt", made.display_name),
    }
    assert [entry.verb for entry in Entry.objects.order_by("pk")[before:]] == ["request.drafted"]


def test_revert_drafts_the_way_back(client: Client, author: Person, changed: Mirrored) -> None:
    send(client, author, "drift-revert", changed)

    change = Change.objects.get()
    assert (change.action, change.after) == ("update", changed.agreed)
    assert change.request.title == f"Put “{changed.display_name}” back as agreed"


def test_revert_of_what_was_made_outside_is_a_deletion(client: Client, author: Person, made: Mirrored) -> None:
    send(client, author, "drift-revert", made)

    assert Change.objects.get().action == "delete"


def test_revert_refuses_what_cannot_be_put_back(client: Client, author: Person, tenant: Tenant) -> None:
    row = outside(tenant, retentionTrigger="dateModified")

    response = send(client, author, "drift-revert", row)

    assert response.status_code == 422
    assert "cannot be put back. Adopt it instead." in response.content.decode()


@pytest.mark.parametrize("name", ["drift-adopt", "drift-revert"])
@pytest.mark.parametrize("role", ["approver", "auditor", "administrator"])
def test_proposing_is_for_authors(
    client: Client, request: pytest.FixtureRequest, changed: Mirrored, name: str, role: str
) -> None:
    assert send(client, request.getfixturevalue(role), name, changed).status_code == 403
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("name", ["drift-adopt", "drift-revert"])
def test_proposing_refuses_what_changed_while_it_was_read(
    client: Client, author: Person, changed: Mirrored, name: str
) -> None:
    client.force_login(author)
    key = str(Case(changed).key)
    change_in_purview(changed, descriptionForUsers="Again")

    response = client.post(reverse(name, args=["harrow-vale"]), {"chosen": key})

    assert response.status_code == 409
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("form", [{}, {"chosen": "x"}, {"chosen": "\x00"}, {"reason": "x" * 2001}])
def test_proposing_refuses_a_bad_form(client: Client, author: Person, tenant: Tenant, form: dict[str, str]) -> None:
    client.force_login(author)

    assert client.post(reverse("drift-adopt", args=["harrow-vale"]), form).status_code == 422


def test_proposing_wants_a_post(client: Client, author: Person, tenant: Tenant) -> None:
    assert see(client, author, "drift-adopt").status_code == 405
