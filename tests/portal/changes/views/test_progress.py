"""An approved request on its way: what the page says of it, when it asks again, and what can be done about a stop."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.changes.models import Push, State, Why
from portal.tenants.models import Connection, Health
from tests.changing import approved, mirrored, ran, update


@pytest.fixture
def released(tenant, author, approver, label):
    other = mirrored(tenant, "FIN Expenses 5y")
    return approved(tenant, author, [approver], *(update(row, descriptionForUsers="Kept.") for row in (label, other)))


def text(response):
    return " ".join(response.content.decode().split())


def reach(request, first, second, **columns):
    changes = request.changes.order_by("position")
    for change, push in zip(changes, (first, second), strict=True):
        extra = columns if push == Push.STOPPED else {}
        done = timezone.now() if push == Push.DONE else None
        request.changes.filter(pk=change.pk).update(push=push, done_at=done, **extra)


def test_progress_asks_again_while_workers_have_something_to_do(see, author, released):
    reach(released, Push.DONE, Push.SENDING)

    page = text(see(author, "change", released.number))

    assert f'hx-get="{reverse("change-progress", args=["harrow-vale", released.number])}"' in page
    assert "1 of 2 confirmed." in page
    assert "Being sent" in page


def test_progress_answers_a_poll_with_the_piece(see, author, released):
    response = see(author, "change-progress", released.number, htmx=True)

    assert response.content.decode().lstrip().startswith("<section")
    assert "HX-Retarget" not in response


def test_progress_ends_with_the_whole_region_and_no_trigger(see, author, released):
    reach(released, Push.DONE, Push.DONE)

    response = see(author, "change-progress", released.number, htmx=True)

    page = text(response)
    assert response["HX-Retarget"] == "#change"
    assert "Applied" in page
    assert "hx-trigger" not in page


def test_progress_without_script_leads_to_the_page(see, author, released):
    assert see(author, "change-progress", released.number).url == released.get_absolute_url()


def test_progress_names_the_sync_that_confirmed(see, tenant, author, released):
    reach(released, Push.DONE, Push.DONE)
    released.changes.update(done_at=timezone.now() - timedelta(minutes=5))
    ran(tenant, ago=600)
    seen = ran(tenant, ago=60)

    page = text(see(author, "change", released.number))

    assert "Confirmed by the sync of" in page
    assert seen.started_at.isoformat() in page


def test_progress_waits_for_a_connection_on_hold(see, tenant, author, released):
    Connection.objects.update_or_create(
        tenant=tenant, defaults={"health": Health.HELD, "held_because": "The account was refused."}
    )

    assert "The account was refused." in text(see(author, "change", released.number))


def test_a_stop_says_what_why_and_what_stands(see, author, released):
    said = {"why": Why.REJECTED, "message": "The name is taken.", "support": "3f1c8e02"}
    reach(released, Push.DONE, Push.STOPPED, **said)

    page = text(see(author, "change", released.number))

    assert "Failed in part" in page
    assert "Refused by Purview." in page
    assert "The name is taken." in page
    assert "3f1c8e02" in page
    assert "The change that is confirmed stands." in page
    assert "Try again" in page
    assert "Draft what did not happen" in page


def test_a_stop_on_a_changed_tenant_offers_only_a_new_draft(see, author, released):
    reach(released, Push.DONE, Push.STOPPED, why=Why.DRIFTED)

    page = text(see(author, "change", released.number))

    assert "Try again" not in page
    assert "Draft what did not happen" in page


def test_retry_makes_it_due_again(send, author, released):
    reach(released, Push.DONE, Push.STOPPED, why=Why.REJECTED)

    response = send(author, "retry", released)

    assert response.status_code == 302
    assert [change.push for change in released.changes.all()] == [Push.DONE, Push.READY]


def test_retry_is_not_for_auditors(send, auditor, released):
    reach(released, Push.DONE, Push.STOPPED, why=Why.REJECTED)

    assert send(auditor, "retry", released).status_code == 403


def test_redraft_leads_to_the_new_draft(send, tenant, author, released):
    reach(released, Push.DONE, Push.STOPPED, why=Why.DRIFTED)

    response = send(author, "redraft", released)

    drafted = tenant.change_requests.first()
    assert response.url == drafted.get_absolute_url()
    assert drafted.state == State.DRAFT
    assert [change.name for change in drafted.changes.all()] == ["FIN Expenses 5y"]


def test_redraft_of_nothing_is_refused(send, author, released):
    assert send(author, "redraft", released).status_code == 422


def test_signatures_stand_after_closing(see, author, released):
    page = text(see(author, "change", released.number))

    assert "Authored, version 1" in page
    assert "All of them signed the same content" in page


def test_release_of_the_connection_is_for_administrators(client, tenant, author, administrator):
    Connection.objects.create(tenant=tenant, health=Health.HELD, held_because="Refused.", held_at=timezone.now())
    address = reverse("connection-release", args=["harrow-vale"])

    client.force_login(author)
    refused = client.post(address)
    client.force_login(administrator)
    released = client.post(address)

    assert (refused.status_code, released.status_code) == (403, 302)
    assert Connection.objects.get(tenant=tenant).health == Health.OK
