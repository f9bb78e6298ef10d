"""A tenant that limits who sees what events search for: numbers of patients and employees (Tenant.limits_queries)."""

import json

import pytest
from django.urls import reverse

from portal.audit.models import Entry
from portal.audit.verify_audit import verify
from portal.changes.models import ChangeRequest
from portal.mirror.models import Mirrored
from portal.tenants.models import Connection, Membership, Role, Tenant
from tests.changing import ran, submitted
from tests.happening import created, event
from tests.labels.factories import change_in_purview, mirror
from tests.portal.changes.views.test_progress import text

QUERY, WORDS = "ComplianceAssetID", "Shown to authors and approvers only"


@pytest.fixture(autouse=True)
def limits(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(limits_queries=True, baseline_at="2026-01-01T00:00:00Z")
    tenant.refresh_from_db()
    Connection.objects.create(tenant=tenant)
    ran(tenant)
    mirror(tenant, "retentionEventType", {"displayName": "Employee separation", "description": ""})


@pytest.fixture
def request_(tenant, author, approver) -> ChangeRequest:
    """An event in review."""
    return submitted(tenant, author, created(event("Departure")))


@pytest.fixture
def outside(tenant) -> Mirrored:
    """An event whose query is not the one that was agreed."""
    row = mirror(tenant, "retentionEvent", event("Departure of another"))
    change_in_purview(row, eventQueries=[{"queryType": "files", "query": f"{QUERY}:4712"}])
    return row


@pytest.mark.parametrize(
    ("role", "sees"), [("author", True), ("approver", True), ("auditor", False), ("administrator", False)]
)
def test_queries_are_words_for_whoever_may_not_see_them(see, request, tenant, request_, outside, role, sees):
    person = request.getfixturevalue(role)
    pages = {
        "change": text(see(person, "change", request_.number)),
        "change-history": text(see(person, "change-history", request_.number)),
        "history": text(see(person, "history")),
        "drift": text(see(person, "drift")),
        "drift-case": text(see(person, "drift-case", "retentionEvent", outside.pk)),
        "tenant-desk": text(see(person, "tenant-desk")),
    }

    holding = {"change", "change-history", "history", "drift-case"}
    assert {name for name, page in pages.items() if QUERY in page} >= (holding if sees else set())
    assert {name for name, page in pages.items() if QUERY in page} <= (set(pages) if sees else set())
    assert {name for name, page in pages.items() if WORDS in page} >= (set() if sees else holding)


def test_everybody_sees_them_where_nothing_is_limited(see, tenant, auditor, request_):
    Tenant.objects.filter(pk=tenant.pk).update(limits_queries=False)

    page = text(see(auditor, "change", request_.number))

    assert (QUERY in page, WORDS in page) == (True, False)


def test_a_hidden_difference_is_told_all_the_same(see, auditor, outside):
    page = text(see(auditor, "drift-case", "retentionEvent", outside.pk))

    assert "Searches files for" in page
    assert page.count(WORDS) >= 2


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_export_leaves_out_what_holds_queries(client, request, tenant, request_, role):
    client.force_login(request.getfixturevalue(role))

    answer = client.post(reverse("history-export", args=["harrow-vale"]))
    lines = b"".join(answer.streaming_content).splitlines(keepends=True)

    entries = [told for told in map(json.loads, lines) if "entry" in told]
    held = {entry.seq: QUERY in entry.body for entry in Entry.objects.filter(chain__tenant=tenant)}
    assert any(held.values())
    assert {one["seq"]: one["body"] is None for one in entries} == held
    assert verify(lines).entries == len(entries)
    assert json.loads(entries[-1]["body"])["facts"]["filter"] == {"queries of events": "left out"}


def test_export_by_an_approver_holds_everything(client, tenant, approver, auditor, request_):
    Membership.objects.create(tenant=tenant, person=auditor, role=Role.APPROVER)
    client.force_login(auditor)

    answer = client.post(reverse("history-export", args=["harrow-vale"]))

    assert QUERY in b"".join(answer.streaming_content).decode()
