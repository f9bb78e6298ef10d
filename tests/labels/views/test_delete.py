"""Proposing a deletion."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.changes.models import Change, ChangeRequest
from portal.mirror.kinds import Document
from portal.tenants.models import Person, Tenant
from tests.conftest import SignIn
from tests.labels.builders import followed, on_event
from tests.labels.factories import mirror, mirror_label


def address(row: Any) -> str:
    return reverse("label-delete", args=["harrow-vale", row.pk])


def test_delete_drafts_a_change(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    response = writer.post(address(row), {"name": "FIN Invoices 10y", "reason": "Merged."})

    change = Change.objects.get()
    assert response.url == change.request.get_absolute_url()
    assert (change.action, change.target, change.base, change.after) == ("delete", row.graph_id, row.document, None)
    assert (change.request.title, change.request.reason) == ("Delete “FIN Invoices 10y”", "Merged.")


@pytest.mark.parametrize("name", ["", "fin invoices 10y", "Another"])
def test_delete_wants_the_name(writer: Client, tenant: Tenant, name: str) -> None:
    response = writer.post(address(mirror_label(tenant)), {"name": name, "reason": "Merged."})

    assert response.status_code == 422
    assert "Merged." in response.content.decode()
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize(
    "document", [on_event(), {"behaviorDuringRetentionPeriod": "retainAsRegulatoryRecord", "displayName": "R"}]
)
def test_delete_says_what_purview_does_not_allow(writer: Client, tenant: Tenant, document: Document) -> None:
    row = mirror_label(tenant, **document)

    page = writer.get(address(row))
    response = writer.post(address(row), {"name": row.display_name})

    assert "Purview does not allow deleting this kind of label." in page.content.decode()
    assert (page.status_code, response.status_code) == (200, 422)


def test_delete_leads_to_the_labels_in_the_way(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)
    other = mirror(tenant, "retentionLabel", followed(row.display_name, displayName="First"))

    content = writer.get(address(row)).content.decode()

    assert f'href="{reverse("label-edit", args=["harrow-vale", other.pk])}"' in content


def test_delete_of_a_record_in_use_is_refused(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant, behaviorDuringRetentionPeriod="retainAsRecord", in_use=True)

    assert writer.post(address(row), {"name": row.display_name}).status_code == 422


def test_delete_of_a_label_in_use_is_confirmed(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant, in_use=True)
    form = {"name": row.display_name, "reason": "Merged."}

    refused = writer.post(address(row), form)
    accepted = writer.post(address(row), {**form, "acknowledged": "VR-47:name", "reason-VR-47": "Moved first."})

    assert (refused.status_code, accepted.status_code) == (422, 302)
    (given,) = Change.objects.get().acknowledgements
    assert (given["rule"], given["reason"]) == ("VR-47", "Moved first.")


def test_delete_is_for_authors(signed_in: SignIn, tenant: Tenant, approver: Person) -> None:
    assert signed_in(approver).get(address(mirror_label(tenant))).status_code == 403
