from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.mirror import views
from portal.mirror.models import RunState, Staged
from portal.tenants.models import Connection, Health
from tests.changing import mirrored, ran

HTMX = {"HX-Request": "true"}


@pytest.fixture
def rung(monkeypatch):
    """Who rang for what, instead of a broker."""
    heard = []
    monkeypatch.setattr(views, "ring", lambda *args, **kwargs: heard.append((args, kwargs)))
    return heard


@pytest.fixture
def see(client):
    def see(person, name="sync", *, key=None, query="", htmx=False, method="get"):
        client.force_login(person)
        address = reverse(name, args=["harrow-vale", *([key] if key else [])]) + query
        response = getattr(client, method)(address, headers=HTMX if htmx else {})
        response.text = " ".join(response.content.decode().split())
        return response

    return see


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["author", "approver", "auditor", "administrator"])
def test_sync_is_open_to_every_member(see, request, role):
    assert see(request.getfixturevalue(role)).status_code == 200


def test_sync_is_closed_to_outsiders(see, tenant, outsider):
    assert see(outsider).status_code == 404


def test_sync_lists_runs(see, tenant, author):
    ran(tenant, listed=1599, created=3, changed=2)
    ran(tenant, RunState.INCOMPLETE, message="A listing broke off.", support="9c4e")

    page = see(author).text

    assert "1,599" in page
    assert "A listing broke off." in page
    assert "9c4e" in page


def test_sync_without_runs_says_what_comes(see, author):
    assert "No run yet" in see(author).text


def test_sync_now_rings_with_the_name_of_who_asked(see, rung, tenant, author):
    response = see(author, "sync-now", method="post")

    assert response.status_code == 302
    assert rung == [((tenant.pk, "mirror.sync"), {"by": author.pk})]


def test_sync_now_does_not_ring_while_a_run_is_under_way(see, rung, tenant, author):
    ran(tenant, RunState.RUNNING)

    response = see(author, "sync-now", method="post", htmx=True)

    assert "A run is under way already." in response.text
    assert rung == []


def test_sync_now_is_not_for_auditors(see, rung, auditor):
    assert see(auditor, "sync-now", method="post").status_code == 403
    assert rung == []


def test_sync_now_waits_for_a_worker(see, rung, tenant, author):
    page = see(author, "sync-now", method="post", htmx=True).text

    assert "Waiting for a worker to begin." in page
    assert 'hx-trigger="every 2s"' in page


def test_sync_progress_shows_the_run_under_way(see, tenant, author):
    ran(tenant, ago=60, listed=228)
    ran(tenant, RunState.RUNNING)

    page = see(author, "sync-progress", htmx=True).text

    assert "A run is under way" in page
    assert "The last complete run listed 228." in page


def test_sync_progress_of_the_first_run_says_how_far_it_is(see, tenant, author):
    run = ran(tenant, RunState.RUNNING)
    for name in ("A", "B"):
        Staged.objects.create(run=run, kind="authority", graph_id=name, raw={}, read_at=timezone.now())

    page = see(author, "sync-progress", htmx=True).text

    assert "2 objects listed so far, kind 3 of 9. This is the first one: what it finds counts as agreed." in page
    assert "Event types 0 · Events 0 · Authorities 2" in page


def test_sync_progress_ends_with_the_list_and_no_trigger(see, tenant, author):
    before = ran(tenant, ago=60)
    ran(tenant)

    asked = int(timezone.now().timestamp())
    response = see(author, "sync-progress", query=f"?after={before.pk}&at={asked}", htmx=True)

    assert response["HX-Retarget"] == "#runs"
    assert "hx-trigger" not in response.text


def test_sync_progress_gives_up_waiting_after_a_minute(see, tenant, author):
    asked = int(timezone.now().timestamp()) - 90

    page = see(author, "sync-progress", query=f"?after=0&at={asked}", htmx=True).text

    assert "No worker has begun yet." in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize("query", ["?after=x&at=1", "?after=1", "?after=-1&at=²", f"?after={'9' * 40}&at=1"])
def test_sync_progress_takes_what_cannot_be_read_as_nobody(see, tenant, author, query):
    assert see(author, "sync-progress", query=query, htmx=True).status_code == 200


def test_sync_progress_without_script_leads_to_the_page(see, tenant, author):
    assert see(author, "sync-progress").url == "/t/harrow-vale/sync/"


def test_sync_now_does_not_ring_while_purview_is_left_alone(see, rung, tenant, author):
    Connection.objects.create(tenant=tenant, closed_until=timezone.now() + timedelta(minutes=2))

    page = see(author, "sync-now", method="post", htmx=True).text

    assert "Purview is left alone for a while." in page
    assert "Purview is not to be asked just now." in page
    assert rung == []


@pytest.fixture
def missed(tenant):
    """A run that lacked a label, and the label."""
    Connection.objects.create(tenant=tenant)
    label = mirrored(tenant, "FIN Invoices 5y")
    return ran(tenant, missing=[[label.kind, label.graph_id]], message="Purview listed no labels.")


def test_sync_shows_what_is_missing(see, missed, author, administrator):
    page = see(author).text

    assert "More is missing than usual." in page
    assert "FIN Invoices 5y" in page
    assert "These objects are really gone" not in page
    assert "These objects are really gone" in see(administrator).text


def test_sync_confirm_asks_for_a_run_and_keeps_who_said_so(see, rung, missed, administrator):
    page = see(administrator, "sync-confirm", key=missed.pk, method="post", htmx=True).text

    missed.refresh_from_db()
    assert missed.confirmed_by == administrator
    assert "Confirmed. The next run looks for each of them once more" in page
    assert "More is missing than usual." not in page
    assert "Eli Administrator confirmed that it is gone." in page


def test_sync_confirm_of_another_tenant_is_nothing(see, missed, other_tenant, administrator):
    theirs = ran(other_tenant, missing=[["retentionLabel", "id-0"]])

    assert see(administrator, "sync-confirm", key=theirs.pk, method="post").status_code == 404


def test_sync_confirm_refuses_an_older_run(see, missed, tenant, administrator):
    ran(tenant)

    assert see(administrator, "sync-confirm", key=missed.pk, method="post").status_code == 409


def test_sync_confirm_is_for_administrators(see, missed, author):
    assert see(author, "sync-confirm", key=missed.pk, method="post").status_code == 403


def test_sync_shows_a_connection_on_hold(see, tenant, author, administrator):
    Connection.objects.create(tenant=tenant, health=Health.HELD, held_because="Refused.", held_at=timezone.now())

    assert "Release the connection" in see(administrator).text
    assert "Release the connection" not in see(author).text
