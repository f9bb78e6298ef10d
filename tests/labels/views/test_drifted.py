"""G13 in the form of a label: what the tenant changed is told before the author goes on."""

import pytest
from django.test import Client
from django.urls import reverse

from labels.models import RetentionLabel
from portal.changes import actions
from portal.changes.drift.adopting import adoption
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.mirror.kinds import Action
from portal.tenants.models import Person, Tenant
from tests.labels.builders import in_days
from tests.labels.factories import change_in_purview, mirror_label


@pytest.fixture
def label(tenant: Tenant) -> RetentionLabel:
    return mirror_label(tenant)


@pytest.fixture
def draft(tenant: Tenant, author: Person, label: RetentionLabel) -> ChangeRequest:
    after = {**label.document, "descriptionForUsers": "Mine"}
    wanted = Wanted("retentionLabel", Action.UPDATE, label.document, after, label.graph_id)
    return actions.draft(tenant, by=author, title="Clearer", reason="Asked for.", wanted=[wanted])


def text(client: Client, name: str, *args: int) -> str:
    response = client.get(reverse(name, args=["harrow-vale", *args]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_form_of_a_draft_names_every_setting_that_changed(
    writer: Client, draft: ChangeRequest, label: RetentionLabel
) -> None:
    change_in_purview(label, descriptionForUsers="Theirs", retentionDuration=in_days(900))

    page = text(writer, "label-in-change", draft.number, 0)

    assert "The tenant changed this since it was drafted:</strong> Text users see, Period." in page
    assert "Purview now has “Theirs”, you wrote “Mine”." in page
    assert "The form now shows what Purview has: “900 days”." in page


def test_form_of_a_draft_the_tenant_left_alone_says_nothing(writer: Client, draft: ChangeRequest) -> None:
    page = text(writer, "label-in-change", draft.number, 0)

    assert "The tenant changed this" not in page
    assert "nobody has decided" not in page


def test_form_of_a_drifted_label_leads_to_the_case(writer: Client, label: RetentionLabel) -> None:
    change_in_purview(label, retentionDuration=in_days(900))

    page = text(writer, "label-edit", label.pk)

    assert "Changed outside Fileplan, and nobody has decided on it yet:</strong> Period." in page
    assert f"/t/harrow-vale/drift/retentionLabel/{label.pk}/" in page


def test_form_of_a_label_made_outside_says_so(writer: Client, label: RetentionLabel) -> None:
    RetentionLabel.objects.update(agreed=None, agreed_hash="")

    assert "Made outside Fileplan, and nobody has decided on it yet." in text(writer, "label-edit", label.pk)


def test_form_opens_for_no_adoption(writer: Client, tenant: Tenant, author: Person, label: RetentionLabel) -> None:
    change_in_purview(label, retentionDuration=in_days(900))
    request = actions.draft(tenant, by=author, title="Adopt", wanted=[adoption(label)])

    assert writer.get(reverse("label-in-change", args=["harrow-vale", request.number, 0])).status_code == 404
