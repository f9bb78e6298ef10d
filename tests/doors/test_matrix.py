"""Who may open what (S1, S2, S4): every route, every kind of person, every method. A route that is not listed fails."""

import pytest
from django.urls import get_resolver

from portal.audit.models import Entry
from portal.tenants.models import Membership, Person, Role
from tests.doors.world import PEOPLE, Visitor, World, contents, undone
from tests.factories import make_person
from tests.portal.tenants.test_middleware import OPEN, routes

# Statuses in the order of PEOPLE: signed out, author, approver, auditor, administrator, somebody of another tenant.
# A method without a line is refused: 405, and to who is signed out 302 where a page is not public.
MATRIX = """
healthz                    GET   200 200 200 200 200 200
readyz                     GET   200 200 200 200 200 200
metrics                    GET   401 401 401 401 401 401
sign-in                    GET   200 302 302 302 302 302
sign-in                    POST  302 302 302 302 302 302
microsoft                  GET   503 302 302 302 302 302
microsoft:answer           GET   400 400 400 400 400 400
set-password               GET   200 200 200 200 200 200
set-password               POST  302 302 302 302 302 302
sign-out                   POST  302 302 302 302 302 302
account                    GET   302 200 200 200 200 200
account-look               POST  302 302 302 302 302 302
account-password           POST  302 302 302 302 302 302
tenant-new                 GET   302 403 403 403 200 200
tenant-new                 POST  302 403 403 403 302 302
connect-answer             GET   302 409 409 409 409 409
desk                       GET   302 302 302 302 302 302
tenant-desk                GET   302 200 200 200 200 404
people                     GET   302 403 403 200 200 404
person-add                 POST  302 403 403 403 200 404
person-link                POST  302 403 403 403 200 404
person-deactivate          POST  302 403 403 403 302 404
person-reactivate          POST  302 403 403 403 302 404
role-grant                 POST  302 403 403 403 302 404
role-revoke                POST  302 403 403 403 302 404
mapping-add                POST  302 403 403 403 302 404
mapping-remove             POST  302 403 403 403 302 404
policy                     POST  302 403 403 403 302 404
connection                 GET   302 200 200 200 200 404
registration               POST  302 403 403 403 302 404
connect                    GET   302 403 403 403 302 404
connection-check           POST  302 403 403 403 302 404
disconnect                 POST  302 403 403 403 302 404
labels                     GET   302 200 200 200 200 404
label                      GET   302 200 200 200 200 404
label-new                  GET   302 200 403 403 403 404
label-new                  POST  302 302 403 403 403 404
label-edit                 GET   302 200 403 403 403 404
label-edit                 POST  302 302 403 403 403 404
label-delete               GET   302 200 403 403 403 404
label-delete               POST  302 302 403 403 403 404
label-in-change            GET   302 200 403 403 403 404
label-in-change            POST  302 302 403 403 403 404
label-in-change:in-review  GET   302 403 200 403 403 404
label-in-change:in-review  POST  302 403 302 403 403 404
event-types                GET   302 200 200 200 200 404
event-type                 GET   302 200 200 200 200 404
event-type-new             GET   302 200 403 403 403 404
event-type-new             POST  302 302 403 403 403 404
event-type-edit            GET   302 200 403 403 403 404
event-type-edit            POST  302 302 403 403 403 404
event-type-delete          GET   302 200 403 403 403 404
event-type-delete          POST  302 302 403 403 403 404
label-history              GET   302 200 200 200 200 404
events                     GET   302 200 200 200 200 404
event                      GET   302 200 200 200 200 404
event-spread               GET   302 302 302 302 302 404
event-new                  GET   302 200 403 403 403 404
event-new                  POST  302 302 403 403 403 404
event-in-change            GET   302 200 403 403 403 404
event-in-change            POST  302 302 403 403 403 404
event-leavers              GET   302 200 403 403 403 404
event-leavers              POST  302 302 403 403 403 404
events-due                 GET   302 200 200 200 200 404
event-withdraw             POST  302 302 302 403 302 404
event-stop-repeating       POST  302 302 302 403 302 404
incident-close             POST  302 302 302 403 302 404
standing-approvals         GET   302 200 200 200 200 404
standing-approval          GET   302 200 200 200 200 404
standing-approval-new      GET   302 200 403 403 403 404
standing-approval-new      POST  302 302 403 403 403 404
standing-approval-in-change GET  302 200 403 403 403 404
standing-approval-in-change POST 302 302 403 403 403 404
standing-approval-withdraw POST  302 302 302 403 302 404
systems                    GET   302 403 403 200 200 404
system-new                 GET   302 403 403 403 200 404
system-new                 POST  302 403 403 403 302 404
system                     GET   302 403 403 200 200 404
system-edit                GET   302 403 403 403 200 404
system-edit                POST  302 403 403 403 302 404
system-close               POST  302 403 403 403 302 404
system-open                POST  302 403 403 403 302 404
key-new                    POST  302 403 403 403 200 404
key-revoke                 POST  302 403 403 403 302 404
calls                      POST  401 401 401 401 401 401
call                       GET   401 401 401 401 401 401
api-try                    GET   302 200 200 200 200 200
api-schema                 GET   302 200 200 200 200 200
history                    GET   302 200 200 200 200 404
history-check              POST  302 403 403 302 302 404
history-export             POST  302 403 403 200 200 404
history-verifier           GET   302 200 200 200 200 404
changes                    GET   302 200 200 200 200 404
change                     GET   302 200 200 200 200 404
change-history             GET   302 200 200 200 200 404
change-progress            GET   302 302 302 302 302 404
change-edit                GET   302 200 403 403 403 404
change-edit                POST  302 302 403 403 403 404
submit                     POST  302 302 403 403 403 404
drop-object                POST  302 302 403 403 403 404
rebase                     POST  302 302 403 403 403 404
acknowledge                POST  302 302 403 403 403 404
change-confirm             GET   302 409 409 403 403 404
withdraw                   POST  302 302 403 403 403 404
approve                    POST  302 403 302 403 403 404
return                     POST  302 403 302 403 403 404
reject                     POST  302 403 302 403 403 404
retry                      POST  302 302 302 403 302 404
redraft                    POST  302 302 403 403 403 404
report                     GET   302 200 200 200 200 404
drift                      GET   302 200 200 200 200 404
drift-case                 GET   302 200 200 200 200 404
drift-adopt                POST  302 302 403 403 403 404
drift-revert               POST  302 302 403 403 403 404
connection-release         POST  302 403 403 403 302 404
pushes-hold                POST  302 302 302 403 302 404
pushes-resume              POST  302 403 403 403 302 404
restored                   GET   302 200 200 200 200 404
restored-confirm           POST  302 403 403 403 302 404
sync                       GET   302 200 200 200 200 404
sync-now                   POST  302 302 302 403 302 404
sync-confirm               POST  302 403 403 403 302 404
sync-progress              GET   302 302 302 302 302 404
"""
ROWS = [line.split() for line in MATRIX.strip().splitlines()]
CELLS = {
    (route, method, who): int(status)
    for route, method, *statuses in ROWS
    for who, status in zip(PEOPLE, statuses, strict=True)
}
DOORS = {(route, method) for route, method, _who in CELLS}
ROUTES = list(dict.fromkeys(route for route, *_rest in ROWS))
OF_SYSTEMS = {"calls", "call"}  # which come with keys: no session counts there, and so no token protects it
FORMS = [route for route in ROUTES if (route, "POST") in DOORS and route not in OF_SYSTEMS]
OF_A_TENANT = [route for route in FORMS if CELLS[route, "POST", "outsider"] == 404]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def test_every_route_is_listed() -> None:
    named = {pattern.name for _path, pattern in routes(get_resolver().url_patterns)}

    assert {route.partition(":")[0] for route in ROUTES} == named


def test_no_more_than_eight_routes_are_public() -> None:
    unasked = {
        route.partition(":")[0]
        for route, method, who in CELLS
        if who == "anonymous" and CELLS[route, method, who] != 302
    }

    assert unasked == OPEN
    assert len(OPEN) <= 8


@pytest.mark.parametrize("who", PEOPLE)
def test_every_cell(who: str, world: World) -> None:
    """A refusal of what a person may not do is an entry; a method no page has is none."""
    visitor = Visitor(world.people.get(who))
    found, told = {}, {}
    for route in ROUTES:
        for method in ("GET", "POST"):
            with undone():
                before = denied()
                found[route, method] = knock(visitor, world, route, method)
                told[route, method] = denied() - before

    assert found == {(route, method): expected(route, method, who) for route, method in found}
    refusals = (403, 404) if who != "anonymous" else ()
    assert told == {door: int(status in refusals) for door, status in found.items()}


@pytest.mark.parametrize("who", ["author", "administrator", "outsider"])
def test_no_other_method_opens_anything(who: str, world: World) -> None:
    visitor, before = Visitor(world.people[who]), contents()
    found = {
        (route, method): visitor.ask(method, world.path(route), headers={"HX-Request": "true"}).status_code
        for route in ROUTES
        for method in METHODS[2:]
    }

    assert found == dict.fromkeys(found, 405)
    assert contents() == before


def test_no_other_method_opens_anything_to_who_is_signed_out(world: World) -> None:
    visitor = Visitor(None)
    found = {
        (route, method): visitor.ask(method, world.path(route)).status_code
        for route in ROUTES
        for method in METHODS[2:]
    }

    assert found == {(route, method): expected(route, method, "anonymous") for route, method in found}


@pytest.mark.parametrize("who", ["author", "approver", "administrator"])
def test_a_role_that_changed_since_the_page_was_read_counts_at_once(who: str, world: World) -> None:
    """S4: every form this person could send a moment ago."""
    visitor, before = Visitor(world.people[who]), contents()
    found, wanted = {}, {}
    for route in [route for route in OF_A_TENANT if CELLS[route, "POST", who] < 400]:
        with undone():
            Membership.objects.filter(person=world.people[who]).update(role=Role.AUDITOR)
            found[route, "now an auditor"] = knock(visitor, world, route, "POST")
            Membership.objects.filter(person=world.people[who]).delete()
            found[route, "no longer here"] = knock(visitor, world, route, "POST")
            Person.objects.filter(pk=world.people[who].pk).update(is_active=False)
            found[route, "closed"] = knock(visitor, world, route, "POST")
        wanted |= {
            (route, "now an auditor"): CELLS[route, "POST", "auditor"],
            (route, "no longer here"): 404,
            (route, "closed"): 302,
        }

    assert found == wanted
    assert contents() == before


def test_a_closed_account_is_led_to_sign_in(world: World) -> None:
    visitor = Visitor(world.people["author"])
    Person.objects.filter(pk=world.people["author"].pk).update(is_active=False)

    assert visitor.ask("POST", world.path("submit"), world.form("submit"))["Location"] == "/sign-in/?next=/"


@pytest.mark.parametrize("who", ["author", "approver", "everybody"])
def test_no_page_has_two_filled_buttons(who: str, world: World) -> None:
    """look.md: one filled button per view, at most. Also where somebody has every role, and sees every form."""
    everybody = make_person(*Role, tenant=world.tenant, name="Eve Everything")
    visitor, filled = Visitor({**world.people, "everybody": everybody}[who]), {}
    for route in [route for route, method in sorted(DOORS) if method == "GET"]:
        with undone():
            filled[route] = visitor.ask("GET", world.path(route)).text.count('data-kind="main"')

    assert {route: count for route, count in filled.items() if count > 1} == {}
    assert sum(filled.values()) > (3 if who != "approver" else 0)


def expected(route: str, method: str, who: str) -> int:
    if (route, method) in DOORS:
        return CELLS[route, method, who]
    return 302 if who == "anonymous" and route.partition(":")[0] not in OPEN else 405


def knock(visitor: Visitor, world: World, route: str, method: str) -> int:
    form = world.form(route) if method == "POST" else None
    more = {"content_type": "application/json"} if route in OF_SYSTEMS and method == "POST" else {}
    return visitor.ask(method, world.path(route), form, **more).status_code


def denied() -> int:
    return Entry.objects.filter(verb="access.denied").count()
