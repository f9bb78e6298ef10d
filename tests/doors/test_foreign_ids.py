"""An id of another tenant opens nothing and is told (S3): in addresses, in fragments, in fields of forms."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from portal.audit.models import Entry
from portal.changes.models import ChangeRequest
from tests.changing import drafted, update, wanted_label
from tests.doors.test_matrix import DOORS, OF_SYSTEMS
from tests.doors.world import Visitor, World, contents, undone
from tests.labels.factories import typed

HTMX = {"HX-Request": "true"}


@pytest.fixture
def theirs(world: World) -> World:
    """Every number of the first tenant is beyond the last one of the other."""
    for _more in range(6):
        world.draft = drafted(world.tenant, world.people["author"], update(world.label, descriptionForUsers="Kept."))
    world.risky = world.in_review = world.stopped = world.with_event = world.with_standing = world.draft
    return world


def swapped(mine: World, theirs: World) -> Iterator[tuple[str, str, str]]:
    """Every address with ids, in a tenant of one's own, with the ids of another."""
    for route, method in sorted(DOORS):
        args = theirs.args(route)
        if len(args) > 1 and args[0] == theirs.tenant.slug and route not in OF_SYSTEMS:
            yield route, method, reverse(route.partition(":")[0], args=[mine.tenant.slug, *args[1:]])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_no_id_of_another_tenant_opens_anything(theirs: World, elsewhere: World, headers: dict[str, str]) -> None:
    visitor, before = Visitor(theirs.people["outsider"]), contents()
    found = {}
    for route, method, path in swapped(elsewhere, theirs):
        form = theirs.form(route) if method == "POST" else None
        with undone():
            status = visitor.ask(method, path, form, headers=headers).status_code
            entry = Entry.objects.order_by("-pk").first()
            assert entry is not None
            found[route, method] = (status, entry.verb, entry.chain.tenant, entry.actor)

    assert len(found) > 25
    assert found == dict.fromkeys(found, (404, "access.denied", elsewhere.tenant, theirs.people["outsider"]))
    assert contents() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_nobodys_is_answered_in_the_same_way(elsewhere: World, headers: dict[str, str]) -> None:
    """Whoever tries numbers learns nothing of other tenants."""
    visitor = Visitor(elsewhere.people["author"])

    nobodys = visitor.ask("GET", "/t/elsewhere/labels/999999/", headers=headers)

    assert nobodys.status_code == 404
    assert Entry.objects.order_by("pk").last().verb == "access.denied"


@pytest.mark.parametrize("route", ["drift-adopt", "drift-revert"])
def test_no_list_of_chosen_ids_takes_one_of_another_tenant(theirs: World, elsewhere: World, route: str) -> None:
    visitor, before = Visitor(theirs.people["outsider"]), contents()
    chosen = [elsewhere.form(route)["chosen"], theirs.form(route)["chosen"]]

    status = visitor.ask("POST", elsewhere.path(route), {"chosen": chosen, "reason": "All of them."}).status_code

    entry = Entry.objects.order_by("pk").last()
    assert (status, entry.verb, entry.chain.tenant) == (404, "access.denied", elsewhere.tenant)
    assert contents() == before


@pytest.mark.parametrize("route", ["label-new", "label-edit", "event-new"])
def test_nothing_joins_a_draft_of_another_tenant(theirs: World, elsewhere: World, route: str) -> None:
    visitor, before = Visitor(theirs.people["outsider"]), contents()
    form = {**elsewhere.form(route), "request": str(theirs.draft.number)}

    status = visitor.ask("POST", elsewhere.path(route), form).status_code

    assert status == 422
    assert contents() == before


def test_the_page_of_a_form_offers_no_draft_of_another_tenant(theirs: World, elsewhere: World) -> None:
    page = Visitor(theirs.people["outsider"]).ask(
        "GET", elsewhere.path("label-new"), {"request": str(theirs.draft.number)}
    )

    assert "harrow-vale" not in page.text


def test_no_hash_of_another_tenants_request_is_taken(theirs: World, elsewhere: World) -> None:
    """The content of a request is named by its hash; another request's names nothing here."""
    author, approver = Visitor(elsewhere.people["author"]), Visitor(elsewhere.people["approver"])
    by_author = ("submit", "drop-object", "acknowledge", "withdraw", "change-edit")
    knocks = {**dict.fromkeys(by_author, author), **dict.fromkeys(("approve", "return", "reject"), approver)}
    before = contents()

    found = {
        route: visitor.ask(
            "POST", elsewhere.path(route), {**elsewhere.form(route), "content_hash": theirs.draft.content_hash}
        ).status_code
        for route, visitor in knocks.items()
    }

    assert found == dict.fromkeys(knocks, 409)
    assert contents() == before


def test_a_sealed_base_of_another_tenant_tells_nothing_of_it(theirs: World, elsewhere: World) -> None:
    """The document a form was drawn on travels sealed; one of another tenant's label leads to the own label again."""
    seal = drawn_base(theirs)

    answer = Visitor(elsewhere.people["author"]).ask(
        "POST", elsewhere.path("label-edit"), {**elsewhere.form("label-edit"), "base": seal}
    )

    assert answer.status_code == 409
    assert "harrow-vale" not in answer.text


def drawn_base(world: World) -> str:
    page = Visitor(world.people["author"]).ask("GET", world.path("label-edit"))
    _before, _name, rest = page.text.partition('name="base" value="')
    return rest.partition('"')[0]


def test_what_a_label_names_is_looked_for_in_its_own_tenant(theirs: World, elsewhere: World) -> None:
    """A next label that only another tenant has is no label here (VR-33)."""
    named: dict[str, Any] = typed(
        wanted_label("FIN Travel 5y", actionAfterRetentionPeriod="relabel", labelToBeApplied="harrow-vale Invoices")
    )

    answer = Visitor(elsewhere.people["author"]).ask("POST", elsewhere.path("label-new"), {**named, "do": "submit"})

    assert answer.status_code == 422
    assert not ChangeRequest.objects.filter(tenant=elsewhere.tenant, title__contains="Travel").exists()


def test_no_query_brings_in_another_tenants_rows(theirs: World, elsewhere: World) -> None:
    visitor = Visitor(elsewhere.people["author"])

    for route in ("labels", "changes", "history", "sync", "sync-progress", "events", "event-types"):
        for query in ("?before=1", "?q=Invoices", "?who=Ada+Author", "?page=2"):
            assert "harrow-vale" not in visitor.ask("GET", elsewhere.path(route) + query).text
