"""What breaks tells nothing (S29) and leaves nothing half done (G6): every route, the database failing under it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection

from portal.audit.models import Entry
from portal.tenants.models import Person, Role
from tests.doors.test_matrix import CELLS, DOORS, FORMS
from tests.doors.world import PEOPLE, Visitor, World, contents, undone
from tests.factories import PASSWORD, make_person
from tests.profiles import WHOLE

SAID = 'near "SELECT token": /srv/fileplan/var/fileplan.sqlite3 Bearer 5up3rs3cr3t'
TOLD = re.compile(r"Traceback|SELECT|/srv/|5up3rs3cr3t|sqlite3|OperationalError|DatabaseError|\.py\", |line \d+, in ")
AT = (1, 2, 3, 5, 8, 13, 21) if WHOLE else (1, 3, 8, 21)  # which of a request's statements fails


@pytest.fixture
def everybody(world: World) -> Person:
    return make_person(*Role, tenant=world.tenant, name="Eve Everything", password=PASSWORD)


class Failing:
    """A database whose n-th statement fails, once."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise OperationalError(SAID)
        return execute(sql, params, many, context)


@contextmanager
def failing(nth: int) -> Iterator[Failing]:
    fault = Failing(nth)
    with connection.execute_wrapper(fault):
        yield fault


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET", {}), ("POST", {}), ("POST", {"HX-Request": "true"})],
    ids=["pages", "forms", "forms by htmx"],
)
def test_a_failing_database_tells_nothing(
    world: World, everybody: Person, method: str, headers: dict[str, str]
) -> None:
    """Every answer is a page of ours with a reference, and whatever was not done was not half done."""
    visitor = Visitor(everybody, raise_request_exception=False)
    before, broken, wrong = contents(), 0, {}
    for route in [route for route, one in sorted(DOORS) if one == method]:
        form = world.form(route) if method == "POST" else None
        for nth in AT:
            with undone():
                with failing(nth) as fault:
                    answer = visitor.ask(method, world.path(route), form, headers=headers)
                broken += answer.status_code == 500
                if said := faults_of(answer, is_undone=contents() == before):
                    wrong[route, nth] = said
            if fault.left > 0:
                break

    assert wrong == {}
    assert broken > 20


def faults_of(answer: Any, *, is_undone: bool) -> str:
    """What an answer says that it should not, or fails to say."""
    if leaked := TOLD.search(answer.text):
        return leaked[0]
    if answer.status_code == 500 and answer["X-Request-ID"] not in answer.text:
        return "no reference"
    if answer.status_code in (403, 404, 409, 422) and not is_undone:
        return "half done"
    return ""


def test_no_form_does_anything_without_its_entry(
    world: World, everybody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6, for every address that writes: the history refuses, and nothing has happened."""
    wrong = {}
    for route in FORMS:
        with undone():
            world.ready(route)
            if said := without_its_entry(world, route, monkeypatch):
                wrong[route] = said

    assert wrong == dict.fromkeys({"account-look", "connection-check", "sync-now"}, "does nothing")


def without_its_entry(world: World, route: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a form does although its entry cannot be written."""
    who = next(who for who in PEOPLE[1:] if CELLS[route, "POST", who] < 400)
    visitor = Visitor(world.people[who], raise_request_exception=False)
    visitor.ask("GET", "/account/")
    before, told = contents(), Entry.objects.count()
    with undone():
        visitor.ask("POST", world.path(route), world.form(route))
        if contents() == before and Entry.objects.count() == told:
            return "does nothing"
    with monkeypatch.context() as patch:
        patch.setattr(Entry.objects, "create", refuse)
        answer = visitor.ask("POST", world.path(route), world.form(route))
    if answer.status_code != 500 or TOLD.search(answer.text):
        return f"answers {answer.status_code}: {answer.text[:200]}"
    return "" if contents() == before else "does something"


def refuse(**columns: Any) -> None:
    raise DatabaseError(SAID)
