"""Holding all pushes of a tenant from its pages, and letting them go on."""

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Entry
from portal.tenants import connection
from portal.tenants.models import Connection, Health
from tests.changing import approved, ran, update
from tests.portal.changes.views.test_progress import text


@pytest.fixture(autouse=True)
def connected(tenant):
    return Connection.objects.create(tenant=tenant)


@pytest.fixture
def press(client):
    def press(person, name, **form):
        client.force_login(person)
        return client.post(reverse(name, args=["harrow-vale"]), form)

    return press


@pytest.mark.parametrize("role", ["author", "approver", "administrator"])
def test_hold_takes_one_press_and_a_reason(press, request, tenant, role):
    response = press(request.getfixturevalue(role), "pushes-hold", reason="Audit week.")

    assert response["Location"] == reverse("sync", args=["harrow-vale"])
    assert connection.is_held(tenant)
    assert [entry.verb for entry in Entry.objects.all()] == ["pushes.held"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\0b"])
def test_hold_without_a_reason_changes_nothing(press, tenant, author, reason):
    response = press(author, "pushes-hold", reason=reason)

    assert response.status_code == 422
    assert not connection.is_held(tenant)


def test_hold_is_not_for_auditors(press, tenant, auditor):
    assert press(auditor, "pushes-hold", reason="Audit week.").status_code == 403
    assert not connection.is_held(tenant)


def test_resume_is_for_administrators(press, tenant, author, approver, administrator):
    connection.pause(tenant, by=author, reason="Audit week.")

    refused = [press(person, "pushes-resume").status_code for person in (author, approver)]
    resumed = press(administrator, "pushes-resume", reason="The audit is over.")

    assert (refused, resumed.status_code) == ([403, 403], 302)
    assert not connection.is_held(tenant)
    assert Entry.objects.filter(verb="pushes.resumed").get().actor_name == "Eli Administrator"


def test_sync_page_offers_to_hold_to_who_may(see, tenant, author, auditor):
    ran(tenant)

    assert reverse("pushes-hold", args=["harrow-vale"]) in text(see(author, "sync"))
    assert reverse("pushes-hold", args=["harrow-vale"]) not in text(see(auditor, "sync"))


def test_sync_page_says_who_holds_since_when_and_why(see, tenant, author, administrator):
    connection.pause(tenant, by=author, reason="Audit week.")
    since = Connection.objects.get(tenant=tenant).paused_at.isoformat()

    pages = [text(see(person, "sync")) for person in (author, administrator)]

    for page in pages:
        assert "All pushes are held." in page
        assert "Held by Ada Author since" in page
        assert "Audit week." in page
        assert since in page
        assert reverse("pushes-hold", args=["harrow-vale"]) not in page
    assert [reverse("pushes-resume", args=["harrow-vale"]) in page for page in pages] == [False, True]


def test_desk_counts_it_as_a_problem(see, tenant, author):
    ran(tenant)
    connection.pause(tenant, by=author, reason="Audit week.")

    page = text(see(author, "tenant-desk"))

    assert "One problem needs a person." in page
    assert "All pushes are held" in page
    assert "Held by Ada Author since" in page
    assert "Audit week." in page


def test_change_page_says_it_while_something_is_left_to_send(see, tenant, author, approver, label):
    request = approved(tenant, author, [approver], update(label, descriptionForUsers="Kept."))
    connection.pause(tenant, by=author, reason="Audit week.")
    refused = {"health": Health.HELD, "held_because": "The account was refused.", "held_at": timezone.now()}

    held = text(see(author, "change", request.number))
    Connection.objects.update(**refused)
    both = text(see(author, "change", request.number))

    assert "Held by Ada Author since" in held
    assert "Audit week." in held
    assert ("On hold." in held, "On hold." in both, "Audit week." in both) == (False, True, True)
