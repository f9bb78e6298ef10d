from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labels.models import RetentionLabel
from portal.changes import actions
from portal.changes.models import Push, Why
from portal.mirror.models import RunState
from portal.tenants.models import Connection, Health, Membership, Role
from tests.changing import approved, drafted, mirrored, ran, submitted, update
from tests.factories import make_person
from tests.happening import event
from tests.labels.factories import mirror


@pytest.fixture
def label(tenant):
    return mirrored(tenant, "FIN Invoices 5y")


@pytest.fixture
def see(client):
    def see(person, name="tenant-desk", slug="harrow-vale"):
        client.force_login(person)
        response = client.get(reverse(name, args=[slug] if name == "tenant-desk" else []))
        response.text = " ".join(response.content.decode().split())
        return response

    return see


def test_desk_leads_to_the_one_tenant(see, tenant, author):
    assert see(author, "desk").url == "/t/harrow-vale/"


def test_desk_without_a_tenant_says_what_to_do(see, db):
    assert "You are not part of a tenant yet" in see(make_person(name="Nobody"), "desk").text


def test_desk_over_several_tenants_names_them(see, tenant, other_tenant, author, approver, label):
    Membership.objects.create(tenant=other_tenant, person=approver, role=Role.AUTHOR)
    submitted(tenant, author, update(label, descriptionForUsers="Invoices."))

    page = see(approver, "desk").text

    assert "One thing waits for you" in page
    assert "Room left in Elsewhere" in page


def test_desk_of_a_foreign_tenant_is_nothing(see, tenant, outsider):
    assert see(outsider).status_code == 404


def test_desk_asks_an_approver_for_a_review(see, tenant, author, approver, label):
    submitted(tenant, author, update(label, descriptionForUsers="Invoices."), title="Invoices")
    ran(tenant)

    page = see(approver).text

    assert "<strong>One thing waits for you</strong>" in page
    assert "Review" in page
    assert "0 of 1" in page


def test_desk_hands_a_returned_draft_to_its_author(see, tenant, author, approver, label):
    request = submitted(tenant, author, update(label, descriptionForUsers="Invoices."))
    actions.give_back(request, by=approver, content_hash=request.content_hash, comment="Cite the law.")

    page = see(author).text

    assert "Returned by Ben Approver" in page
    assert "Cite the law." in page


def test_desk_names_who_may_decide(see, tenant, author, approver, second_approver, label):
    submitted(tenant, author, update(label, descriptionForUsers="Invoices."))

    assert "with Ben Approver, Cleo Approver" in see(author).text


def test_desk_shows_problems(see, tenant, author, approver, label):
    request = approved(tenant, author, [approver], update(label, descriptionForUsers="Invoices."))
    request.changes.update(push=Push.STOPPED, why=Why.REJECTED, message="The name is taken.")
    Connection.objects.create(tenant=tenant, health=Health.HELD, held_because="Refused.", held_at=timezone.now())
    ran(tenant, ago=60)
    ran(tenant, RunState.INCOMPLETE, message="A listing broke off.")

    page = see(author).text

    assert "Three problems need a person." in page
    assert "The name is taken." in page
    assert "The connection is on hold" in page
    assert "A listing broke off." in page


@pytest.mark.parametrize(("who", "verb"), [("author", "Look"), ("administrator", "Resolve")])
def test_desk_offers_to_resolve_what_the_reader_can(see, request, tenant, administrator, who, verb):
    Connection.objects.create(
        tenant=tenant, paused_by=administrator, paused_at=timezone.now(), paused_because="Legal looks first."
    )

    assert f'{verb}<span class="unseen"> (All pushes are held)</span>' in see(request.getfixturevalue(who)).text


def test_desk_shows_what_was_changed_outside(see, tenant, author, label):
    ran(tenant)
    RetentionLabel.objects.update(
        document={**label.document, "descriptionForUsers": "x"}, document_hash="other", changed_by="g.meyer"
    )

    page = see(author).text

    assert "One problem needs a person." in page
    assert "Changed outside Fileplan by g.meyer" in page


def test_desk_leads_to_the_cases_of_drift(see, tenant, author, label):
    ran(tenant)
    for number in range(5):
        mirrored(tenant, f"Label {number}")
    RetentionLabel.objects.update(agreed=None, agreed_hash="", created_by="g.meyer")

    page = see(author).text

    assert page.count("Made outside Fileplan by g.meyer") == 5
    assert f"/t/harrow-vale/drift/retentionLabel/{label.pk}/" in page
    assert "Decide<" in page
    assert 'href="/t/harrow-vale/drift/">And 1 more that was changed outside Fileplan' in page


def test_desk_with_nothing_to_do_says_so(see, tenant, author):
    ran(tenant)

    page = see(author).text

    assert "Nothing waits for you." in page
    assert "All done" in page
    assert "1 complete" in page


@pytest.mark.parametrize("seconds", [5, 10_000])
def test_desk_tells_a_late_mirror(see, tenant, author, seconds):
    ran(tenant, ago=seconds)

    assert ("The mirror is late" in see(author).text) == (seconds > 5)


def test_desk_tells_what_a_held_run_missed(see, tenant, author, label):
    ran(tenant, missing=[[label.kind, label.graph_id]], message="Purview listed no labels.")

    page = see(author).text

    assert "One problem needs a person." in page
    assert "More is missing in Purview than usual" in page
    assert "Purview listed no labels." in page


@pytest.mark.parametrize(("days", "agreed", "told"), [(6, {"a": 1}, True), (8, {"a": 1}, False), (6, None, False)])
def test_desk_tells_for_a_week_what_was_deleted_outside(see, tenant, author, label, days, agreed, told):
    ran(tenant)
    RetentionLabel.objects.update(gone_at=timezone.now() - timedelta(days=days), agreed=agreed)

    assert ("Deleted outside Fileplan" in see(author).text) == told


def test_desk_costs_the_same_for_one_row_and_three(see, tenant, author, approver, label):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert see(approver).status_code == 200
        return len(asked)

    submitted(tenant, author, update(label, descriptionForUsers="One."))
    drafted(tenant, author, update(label, descriptionForUsers="Draft."))
    ran(tenant)
    queries()
    one = queries()
    for n in range(2):
        submitted(tenant, author, update(mirrored(tenant, f"Label {n}"), descriptionForUsers="More."))
        ran(tenant)

    assert queries() == one


def astray(tenant, name, *, age, **fields):
    return mirror(tenant, "retentionEvent", event(name), created_at=timezone.now() - timedelta(days=age), **fields)


def test_desk_tells_of_events_that_did_not_arrive_everywhere(see, tenant, author, label):
    ran(tenant)
    failed = astray(tenant, "Departure 1", age=2, has_failed=True, has_ended=True)
    overdue = astray(tenant, "Departure 2", age=8)
    astray(tenant, "Departure 3", age=2)
    astray(tenant, "Departure 4", age=31)
    astray(tenant, "Departure 5", age=8, has_ended=True)

    page = see(author).text

    assert "Two problems need a person." in page
    assert f'href="/t/harrow-vale/events/{failed.pk}/"' in page
    assert "Purview has not said for 7 days how it ended everywhere" in page
    assert f'href="/t/harrow-vale/events/{overdue.pk}/"' in page
    assert [f"Departure {n}" in page for n in range(1, 6)] == [True, True, False, False, False]


def test_desk_shows_five_events_and_counts_the_rest(see, tenant, author, label):
    ran(tenant)
    for number in range(7):
        astray(tenant, f"Departure {number}", age=2, has_failed=True, has_ended=True)

    page = see(author).text

    assert "Seven problems need a person." in page
    assert "And 2 more events that did not arrive everywhere" in page
