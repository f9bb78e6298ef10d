"""Every form: its token and origin (S12), what it takes (S35), how much (reliability.md 8), and that reading writes
nothing (S12)."""

from typing import Any

import pytest

from portal.audit.models import Entry
from portal.mirror import markers
from portal.tenants.accounts import actions as accounts
from portal.tenants.models import Person, Role
from tests.doors.test_matrix import CELLS, DOORS, FORMS, OF_SYSTEMS
from tests.doors.world import PEOPLE, Visitor, World, contents, numbers_again, undone
from tests.factories import PASSWORD, make_person

# What a form might be made to set: state, decisions, identity, rights, other people's records.
SMUGGLED = {
    **dict.fromkeys(("status", "state", "push", "verdict", "health", "outcome", "result"), "approved"),
    **dict.fromkeys(("approved_by", "author", "author_id", "by", "by_id", "person", "tenant_id", "id", "pk"), "1"),
    **dict.fromkeys(("is_active", "is_staff", "is_superuser", "is_irreversible"), "on"),
    **dict.fromkeys(
        ("number", "version", "fence", "sends", "approvals_wanted", "approvals_routine", "last_number"), "9"
    ),
    **dict.fromkeys(("closed_at", "submitted_at", "done_at", "baseline_at"), "2026-01-01T00:00:00Z"),
    **dict.fromkeys(("carried_by", "why", "part", "decision", "agreed", "after", "findings", "target"), "nobody"),
    **dict.fromkeys(("slug", "cloud", "sandbox_root", "api_version", "acknowledgements"), "global"),
}
NEVER_THE_SAME = {"password", "last_login", "acknowledgements", "content_hash"}


@pytest.fixture
def everybody(world: World) -> Person:
    """Somebody with every role, who wrote nothing yet."""
    return make_person(*Role, tenant=world.tenant, name="Eve Everything", password=PASSWORD)


class Tokened(Visitor):
    """A browser that was shown a form before: it has the token."""

    def __init__(self, person: Person | None) -> None:
        super().__init__(person, enforce_csrf_checks=True)
        self.client.get("/account/" if person else "/sign-in/")
        self.token = self.client.cookies["csrf"].value
        self._cookies = self.client.cookies.output(header="", sep=";")


def test_no_form_is_taken_without_its_token(world: World, everybody: Person) -> None:
    found, visitors = {}, (Tokened(everybody), Tokened(None))
    before = contents()
    for route in FORMS:
        for who, visitor in zip(("everybody", "nobody"), visitors, strict=True):
            found[route, who] = visitor.ask("POST", world.path(route), world.form(route)).status_code

    assert found == dict.fromkeys(found, 403)
    assert contents() == before


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "http://testserver.evil.test", "http://testserver:8000", "null"]
)
def test_no_form_is_taken_from_elsewhere(world: World, everybody: Person, origin: str) -> None:
    visitor = Tokened(everybody)
    before = contents()
    headers = {"X-CSRFToken": visitor.token, "Origin": origin}

    found = {
        route: visitor.ask("POST", world.path(route), world.form(route), headers=headers).status_code for route in FORMS
    }

    assert found == dict.fromkeys(found, 403)
    assert contents() == before


def test_no_form_is_taken_over_https_without_saying_where_from(world: World, everybody: Person) -> None:
    visitor = Tokened(everybody)

    found = {
        visitor.ask("POST", world.path("approve"), world.form("approve"), secure=True, headers=headers).status_code
        for headers in (
            {"X-CSRFToken": visitor.token},
            {"X-CSRFToken": visitor.token, "Referer": "https://evil.test/"},
        )
    }

    assert found == {403}


def test_the_token_is_all_that_was_missing(world: World, everybody: Person) -> None:
    """The same forms with token and origin do what the matrix says: so the refusals above are about these."""
    visitor, found = Tokened(everybody), {}
    headers = {"X-CSRFToken": visitor.token, "Origin": "http://testserver"}
    for route in FORMS:
        with undone():
            found[route] = visitor.ask("POST", world.path(route), world.form(route), headers=headers).status_code

    wanted = {route: min(CELLS[route, "POST", who] for who in PEOPLE[1:5]) for route in FORMS}
    assert {route: status for route, status in found.items() if status != wanted[route]} == {"withdraw": 403}


def test_reading_changes_nothing(world: World, everybody: Person) -> None:
    """Every address, those of forms too with the form in the query. That the history was read is part of it."""
    visitor = Visitor(everybody)
    before, count = contents(), Entry.objects.count()
    changed = []
    for route in dict.fromkeys(route for route, _method in sorted(DOORS) if route not in OF_SYSTEMS):
        visitor.ask("GET", world.path(route))
        visitor.ask("HEAD", world.path(route), world.form(route) | {"do": "submit", "_method": "POST"})
        if contents() != before:
            changed.append(route)

    assert changed == []
    assert set(Entry.objects.order_by("pk").values_list("verb", flat=True)[count:]) == {"trail.read"}


@pytest.mark.parametrize("who", ["author", "approver", "administrator"])
def test_no_form_takes_a_field_it_does_not_have(world: World, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With state, signatures and rights added, each form leaves exactly what it leaves without."""
    monkeypatch.setattr(markers, "new", lambda: "FPE-7777777777")  # a new event's marker is left to chance
    monkeypatch.setattr(accounts, "seal", lambda text: f"sealed {text}")  # and so is how a secret is encrypted
    visitor, differs = Visitor(world.people[who]), {}
    for route in FORMS:
        if CELLS[route, "POST", who] != 302:
            continue
        plain, loaded = (left_by(visitor, world, route, more) for more in ({}, SMUGGLED))
        if plain != loaded:
            differs[route] = {table: rows for table, rows in loaded[1].items() if plain[1][table] != rows}

    assert differs == {}


def left_by(visitor: Visitor, world: World, route: str, more: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The status, and what stands in the database afterwards."""
    with undone():
        numbers_again()
        status = visitor.ask("POST", world.path(route), more | world.form(route)).status_code
        return status, contents(but=NEVER_THE_SAME)


BYTES = b"x" * 20 * 1024 * 1024
FIELDS = b"a=1&" * 100_000
PART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nx\r\n'
FILES = PART * 2_000 + b"--b--\r\n"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (BYTES, "application/octet-stream", 413),
        (BYTES, "application/x-www-form-urlencoded", 413),
        (BYTES, "multipart/form-data; boundary=b", 413),
        (FIELDS, "application/x-www-form-urlencoded", 400),
        (FILES, "multipart/form-data; boundary=b", 400),
    ],
    ids=["20 MiB", "20 MiB of a form", "20 MiB of files", "100,000 fields", "2,000 files"],
)
@pytest.mark.parametrize("who", ["anonymous", "author"])
def test_no_form_takes_more_than_it_can_use(world: World, body: bytes, kind: str, status: int, who: str) -> None:
    """Refused on the way in, whoever sends it, wherever to."""
    visitor, before = Tokened(world.people.get(who)), contents()

    answers = [
        visitor.ask("POST", world.path(route), body, content_type=kind)
        for route in ("sign-in", "label-new", "label-edit", "approve", "person-add")
    ]

    assert [answer.status_code for answer in answers] == [status] * 5
    assert all(f"<code>{answer['X-Request-ID']}</code>" in answer.text for answer in answers)
    assert contents() == before
