"""The page of one label."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.changes import actions
from portal.changes.objects import Wanted
from portal.mirror.kinds import Action
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.conftest import SignIn
from tests.labels.builders import followed, in_days, make_label, reviewed, stage
from tests.labels.factories import change_in_purview, mirror, mirror_label


def page(browser: Client, row: object) -> str:
    return browser.get(reverse("label", args=["harrow-vale", row.pk])).content.decode()  # type: ignore[attr-defined]


def test_page_tells_every_setting(writer: Client, tenant: Tenant) -> None:
    row = mirror(tenant, "retentionLabel", reviewed(stage(1, "HR", "hr@x.test"), descriptionForUsers="Bills"))

    content = page(writer, row)

    for words in ("Bills", "Retain", "3,653 days (10 calendar years)", "The day it was created", "hr@x.test", "Legal"):
        assert words in content
    assert "how many items carry it" in content
    assert reverse("label-history", args=["harrow-vale", row.pk]) in content


def test_page_shows_what_purview_answered(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)

    assert f"&quot;id&quot;: &quot;{row.graph_id}&quot;" in page(writer, row)


def test_page_shows_what_was_changed_outside(writer: Client, tenant: Tenant) -> None:
    row = mirror_label(tenant)
    row.changed_by, row.changed_at = "Mallory", clock.now()
    change_in_purview(row, retentionDuration=in_days(30))

    response = writer.get(reverse("label", args=["harrow-vale", row.pk]))

    assert "Mallory changed it in Purview" in response.content.decode()
    assert [(one.path, one.before, one.after) for one in response.context["outside"]] == [
        ("retentionDuration", "3,653 days (10 calendar years)", "30 days")
    ]


def test_page_leads_to_the_labels_around_it(writer: Client, tenant: Tenant) -> None:
    first = mirror(tenant, "retentionLabel", followed("Second", displayName="First"))
    second = mirror_label(tenant, displayName="Second")

    assert f'href="{reverse("label", args=["harrow-vale", second.pk])}"' in page(writer, first)
    assert f'href="{reverse("label", args=["harrow-vale", first.pk])}"' in page(writer, second)


def test_page_names_open_changes(writer: Client, tenant: Tenant, author: Person) -> None:
    row = mirror_label(tenant)
    wanted = Wanted("retentionLabel", Action.DELETE, row.document, None, row.graph_id)
    actions.draft(tenant, by=author, title="Away", wanted=[wanted])

    assert "#1 draft" in page(writer, row)


@pytest.mark.parametrize("who", ["author", "auditor"])
def test_buttons_are_for_authors(request: pytest.FixtureRequest, signed_in: SignIn, tenant: Tenant, who: str) -> None:
    row = mirror_label(tenant)

    content = page(signed_in(request.getfixturevalue(who)), row)

    assert (reverse("label-edit", args=["harrow-vale", row.pk]) in content) == (who == "author")


def test_page_of_a_label_that_is_gone_says_so(writer: Client, tenant: Tenant) -> None:
    row = mirror(tenant, "retentionLabel", make_label(), gone_at=clock.now())

    content = page(writer, row)

    assert "Purview no longer holds this label." in content
    assert "Nothing was removed from the history." in content
    assert "It was deleted outside Fileplan." in content
    assert writer.get(reverse("label-edit", args=["harrow-vale", row.pk])).status_code == 404
