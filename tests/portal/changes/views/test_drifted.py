"""G13 on the page of a request: what the tenant changed meanwhile is told at once, and no approval passes it."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.changes.drift.adopting import adoption
from portal.changes.drift.reverting import way_back
from portal.changes.models import State
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.changing import create, delete, drafted, lasting, submitted, update
from tests.labels.factories import change_in_purview

See = Callable[..., Any]
MEANWHILE = "The tenant changed this since it was drafted."
UNDECIDED = "Changed outside Fileplan, and nobody has decided on it yet:"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_draft_says_at_once_what_the_tenant_changed(see: See, tenant: Tenant, author: Person, label: Mirrored) -> None:
    request = drafted(tenant, author, update(label, descriptionForUsers="Mine"))
    change_in_purview(label, descriptionForUsers="Theirs", retentionDuration=lasting(900))

    page = text(see(author, "change", request.number))

    assert MEANWHILE in page
    assert "It cannot be submitted like this." in page
    assert "Theirs" in page
    assert "leaves it alone" in page
    assert "Draft it again on the tenant as it is now" in page


def test_request_in_review_says_that_it_cannot_be_approved(
    see: See, tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    request = submitted(tenant, author, update(label, descriptionForUsers="Mine"))
    change_in_purview(label, descriptionForUsers="Theirs")

    page = text(see(approver, "change", request.number))

    assert "It cannot be approved like this. Return it to its author." in page
    assert "Draft it again" not in page


def test_approval_of_it_is_refused(
    see: See, send: See, tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    request = submitted(tenant, author, update(label, descriptionForUsers="Mine"))
    change_in_purview(label, descriptionForUsers="Theirs")

    response = send(approver, "approve", request)

    request.refresh_from_db()
    assert (response.status_code, request.state) == (409, State.IN_REVIEW)


def test_request_that_leaves_it_alone_is_not_in_the_way(
    see: See, tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    request = submitted(tenant, author, update(label, descriptionForUsers="Mine"))
    change_in_purview(label, descriptionForAdmins="Theirs")

    page = text(see(approver, "change", request.number))

    assert "This change leaves those settings as Purview has them" in page
    assert "cannot be approved" not in page


def test_request_on_what_is_gone_says_so(see: See, tenant: Tenant, author: Person, label: Mirrored) -> None:
    request = drafted(tenant, author, delete(label))
    label.gone_at = label.seen_at
    label.save()

    page = text(see(author, "change", request.number))

    assert "This is no longer in the tenant." in page
    assert "Remove it from this change." in page


def test_draft_on_a_drifted_object_names_what_nobody_decided(
    see: See, tenant: Tenant, author: Person, label: Mirrored
) -> None:
    change_in_purview(label, descriptionForAdmins="Theirs")
    request = drafted(tenant, author, update(label, descriptionForUsers="Mine"))

    page = text(see(author, "change", request.number))

    assert UNDECIDED in page
    assert f"/drift/retentionLabel/{label.pk}/" in page
    assert MEANWHILE not in page


@pytest.mark.parametrize("decide", [adoption, lambda row: way_back(row).wanted])
def test_request_that_decides_on_it_is_not_told(
    see: See, tenant: Tenant, author: Person, label: Mirrored, decide: Callable[[Mirrored], Any]
) -> None:
    change_in_purview(label, descriptionForAdmins="Theirs")
    request = drafted(tenant, author, decide(label))

    page = text(see(author, "change", request.number))

    assert UNDECIDED not in page
    assert MEANWHILE not in page


def test_draft_on_what_was_made_outside_says_so(see: See, tenant: Tenant, author: Person, label: Mirrored) -> None:
    type(label)._default_manager.update(agreed=None, agreed_hash="")
    request = drafted(tenant, author, update(label, descriptionForUsers="Mine"))

    assert "Made outside Fileplan, and nobody has decided on it yet." in text(see(author, "change", request.number))


def test_adoption_reads_as_one(see: See, tenant: Tenant, author: Person, approver: Person, label: Mirrored) -> None:
    change_in_purview(label, retentionDuration=lasting(900))
    request = submitted(tenant, author, adoption(label))

    page = text(see(approver, "change", request.number))

    assert "As agreed" in page
    assert "In Purview" in page
    assert "Nothing is sent to Purview: this is how it stands there already." in page
    assert "At once: nothing is sent, Purview has it already." in page
    assert "Edit stages or descriptors" not in page


def test_adoption_of_what_was_made_outside_reads_as_one(
    see: See, tenant: Tenant, author: Person, label: Mirrored
) -> None:
    type(label)._default_manager.update(agreed=None, agreed_hash="")
    label.refresh_from_db()
    request = drafted(tenant, author, adoption(label))

    page = text(see(author, "change", request.number))

    assert "the label was made outside Fileplan and stays as it is" in page
    assert f"/changes/{request.number}/labels/" not in page


def test_adoption_that_was_carried_out_says_agreed(
    see: See, send: See, tenant: Tenant, author: Person, approver: Person, label: Mirrored
) -> None:
    change_in_purview(label, retentionDuration=lasting(900))
    request = submitted(tenant, author, adoption(label))

    send(approver, "approve", request)

    page = text(see(author, "change", request.number))
    assert "1 of 1 confirmed." in page
    assert "Agreed</span>" in page
    assert "Nothing to send" in page


def test_rebase_drafts_the_object_again(see: See, send: See, tenant: Tenant, author: Person, label: Mirrored) -> None:
    request = drafted(tenant, author, update(label, descriptionForUsers="Mine"))
    change_in_purview(label, descriptionForUsers="Theirs")

    response = send(author, "rebase", request, position=0, htmx=True)

    assert response.status_code == 200
    assert MEANWHILE not in text(see(author, "change", request.number))
    assert request.changes.get().base == label.document


@pytest.mark.parametrize(
    ("role", "form", "status"),
    [
        ("approver", {"position": 0}, 403),
        ("outsider", {"position": 0}, 404),
        ("author", {"position": 9}, 422),
        ("author", {}, 422),
        ("author", {"position": 0, "content_hash": "0" * 64}, 409),
    ],
)
def test_rebase_refuses(
    send: See,
    request: pytest.FixtureRequest,
    tenant: Tenant,
    author: Person,
    label: Mirrored,
    role: str,
    form: dict[str, Any],
    status: int,
) -> None:
    change_request = drafted(tenant, author, update(label, descriptionForUsers="Mine"))

    assert send(request.getfixturevalue(role), "rebase", change_request, **form).status_code == status


def test_rebase_of_a_creation_changes_nothing(send: See, tenant: Tenant, author: Person, label: Mirrored) -> None:
    request = drafted(tenant, author, create("Another 5y"))
    before = request.content_hash

    send(author, "rebase", request, position=0)

    request.refresh_from_db()
    assert request.content_hash == before
