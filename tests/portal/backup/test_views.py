"""The page of a restored backup, the red line on every other, and the form that lets a tenant go on."""

import pytest
from django.test import Client

from portal.audit import checkpoints, restored
from portal.audit.trail import record
from portal.mirror.models import SyncRun
from portal.tenants.models import Connection, Person, Tenant
from tests.changing import mirrored, ran
from tests.conftest import SignIn

BANNER = "A backup was restored. Nothing of Harrow Vale is sent or taken in."


@pytest.fixture
def held(tenant: Tenant) -> Tenant:
    Connection.objects.create(tenant=tenant)
    record(tenant, "policy.changed")
    checkpoints.mark(f"tenant-{tenant.pk}", 1_234, "a" * 64)
    restored.notice()
    return tenant


@pytest.fixture
def read(held: Tenant) -> SyncRun:
    return ran(held, ago=-1)


def test_every_page_says_it_in_red(held: Tenant, author: Person, signed_in: SignIn) -> None:
    client = signed_in(author)

    for path in ("/t/harrow-vale/", "/t/harrow-vale/labels/", "/account/"):
        page = client.get(path).text
        assert BANNER in page
        assert 'href="/t/harrow-vale/restored/"' in page


def test_no_page_says_it_otherwise(tenant: Tenant, writer: Client) -> None:
    assert BANNER not in writer.get("/t/harrow-vale/").text
    assert "No restored backup waits" in writer.get("/t/harrow-vale/restored/").text


def test_the_page_tells_what_was_lost_and_asks_for_a_run_first(
    held: Tenant, signed_in: SignIn, administrator: Person
) -> None:
    page = signed_in(administrator).get("/t/harrow-vale/restored/").text

    assert "Of this tenant’s history: entries 2 to 1,234." in page
    assert "has not been read completely since" in page
    assert "I have looked" not in page


def test_the_page_lists_what_was_found(held: Tenant, read: SyncRun, signed_in: SignIn, administrator: Person) -> None:
    row = mirrored(held, "Invoices <b>")
    type(row).objects.filter(pk=row.pk).update(agreed=None, agreed_hash="")
    page = signed_in(administrator).get("/t/harrow-vale/restored/").text

    assert "Invoices &lt;b&gt;" in page
    assert "New in Purview" in page
    assert "I have looked; let it go on" in page


def test_others_read_and_cannot_confirm(held: Tenant, read: SyncRun, writer: Client) -> None:
    page = writer.get("/t/harrow-vale/restored/").text

    assert "An administrator says so on this page." in page
    assert "I have looked" not in page


def test_confirming_lets_it_go_on(held: Tenant, read: SyncRun, signed_in: SignIn, administrator: Person) -> None:
    client = signed_in(administrator)
    answer = client.post("/t/harrow-vale/restored/confirm/", {"run": read.pk, "reason": "The disk died."}, follow=True)

    assert answer.status_code == 200
    assert "No restored backup waits" in answer.text
    assert BANNER not in answer.text


def test_a_reason_that_is_missing_is_asked_for(
    held: Tenant, read: SyncRun, signed_in: SignIn, administrator: Person
) -> None:
    answer = signed_in(administrator).post("/t/harrow-vale/restored/confirm/", {"run": read.pk, "reason": ""})

    assert answer.status_code == 422
    assert "field-error" in answer.text or "This field is required" in answer.text
    assert restored.is_held(held)
