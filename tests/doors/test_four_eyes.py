"""Nobody decides on what they wrote (S5), whichever way they come, and two who decide at once are told apart (S4)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import IntegrityError

from portal.audit.models import Entry
from portal.changes.models import ChangeRequest, Decision, Hand, Part, State
from portal.tenants.models import Membership, Person, Role, Tenant
from tests.changing import mirrored, submitted, update
from tests.doors.test_matrix import OF_A_TENANT
from tests.doors.world import Visitor, World, contents, undone
from tests.factories import PASSWORD, with_password
from tests.portal.changes.push.test_lease import several_writers

VERDICTS = ("approve", "return", "reject")


@pytest.fixture
def writer(world: World) -> Person:
    """The author, made approver since."""
    author = world.people["author"]
    Membership.objects.create(person=author, tenant=world.tenant, role=Role.APPROVER)
    return author


@pytest.mark.parametrize("route", VERDICTS)
def test_no_route_lets_an_author_decide(world: World, writer: Person, route: str) -> None:
    visitor, before = Visitor(writer), contents()

    answer = visitor.ask("POST", world.path(route), world.form(route))

    assert answer.status_code == 403
    assert contents() == before
    assert Entry.objects.order_by("pk").last().verb == "access.denied"


@pytest.mark.parametrize("route", VERDICTS)
def test_no_new_name_lets_an_author_decide(world: World, writer: Person, route: str) -> None:
    Person.objects.filter(pk=writer.pk).update(name="Somebody Else", email="else@harrow.test")

    assert Visitor(writer).ask("POST", world.path(route), world.form(route)).status_code == 403
    assert not world.in_review.decisions.exists()


@pytest.mark.parametrize("route", VERDICTS)
def test_losing_the_role_of_an_author_lets_nobody_decide(world: World, writer: Person, route: str) -> None:
    Membership.objects.filter(person=writer, role=Role.AUTHOR).delete()

    assert Visitor(writer).ask("POST", world.path(route), world.form(route)).status_code == 403


@pytest.mark.parametrize("route", VERDICTS)
def test_who_edited_in_review_decides_no_more(world: World, route: str) -> None:
    """An approver who touched the content is one of its writers, with the content as it is now in hand."""
    visitor, edit = Visitor(world.people["approver"]), "label-in-change:in-review"
    edited = visitor.ask("POST", world.path(edit), world.form(edit))
    world.in_review.refresh_from_db()

    answer = visitor.ask("POST", world.path(route), world.form(route))

    assert (edited.status_code, answer.status_code) == (302, 403)
    assert not world.in_review.decisions.exists()


def test_no_form_at_all_approves_for_an_author(world: World, writer: Person) -> None:
    """Every form of the tenant, sent by somebody with every role there: none leaves a decision by the writer."""
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        Membership.objects.create(person=writer, tenant=world.tenant, role=role)
    visitor = Visitor(writer)
    for route in OF_A_TENANT:
        with undone():
            visitor.ask("POST", world.path(route), {**world.form(route), "approved_by": str(writer.pk), "do": "submit"})
            assert not Decision.objects.filter(by=writer).exists()


def test_the_database_gives_nobody_two_parts(world: World, writer: Person) -> None:
    with pytest.raises(IntegrityError):
        Hand.objects.create(request=world.in_review, person=writer, part=Part.DECIDES)


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one_release(
    tmp_path: Path, tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    request = submitted(tenant, author, update(mirrored(tenant, "Invoices"), descriptionForUsers="Kept."))
    visitors = [Visitor(with_password(person)) for person in (approver, second_approver)]
    start = Barrier(2)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(2) as pool:

        def press(visitor: Visitor) -> tuple[int, str]:
            with here():
                start.wait(timeout=20)
                path = f"/t/{tenant.slug}/changes/{request.number}/approve/"
                answer = visitor.ask("POST", path, {"content_hash": request.content_hash, "password": PASSWORD})
                return answer.status_code, answer.text

        (first, _page), (second, told) = sorted(pool.map(press, visitors))
        with here():
            state = ChangeRequest.objects.get(pk=request.pk).state
            released = Entry.objects.filter(verb="request.released").count()

    assert (first, second) == (302, 409)
    assert "was just approved by" in told
    assert (state, released) == (State.APPROVED, 1)
