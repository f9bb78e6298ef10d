import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audit import trail, triggers
from portal.changes.context import frame
from portal.history import actions as history
from tests.changing import drafted, mirrored, submitted, update

BROKEN = "The history of Harrow Vale is broken at entry 1."


@pytest.fixture
def opened(rf, tenant):
    def opened(person, **cookies):
        request = rf.get("/")
        request.user, request.tenant, request.roles = person, tenant, frozenset()
        request.COOKIES.update(cookies)
        return frame(request)

    return opened


def test_frame_shows_nothing_to_people_who_are_not_signed_in(rf):
    request = rf.get("/")
    request.user = AnonymousUser()

    assert frame(request) == {"theme": "", "keys_off": False}


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "")])
def test_frame_takes_only_the_looks_there_are(opened, author, cookie, theme):
    assert opened(author, theme=cookie)["theme"] == theme


def test_frame_counts_what_waits_and_what_is_open(opened, tenant, author, approver):
    row = mirrored(tenant, "Invoices")
    submitted(tenant, author, update(row, descriptionForUsers="Kept."))
    drafted(tenant, author, update(row, descriptionForUsers="Kept on."))

    assert opened(approver)["nav"].counts == {"desk": 1, "labels": 1, "changes": 2, "drift": 0}
    assert opened(author)["nav"].counts["desk"] == 1


@pytest.fixture
def forged(tenant):
    """An entry edited past the triggers, and found."""
    trail.record(tenant, "policy.changed")
    triggers.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET body = replace(body, 'policy', 'police')")
    history.check(tenant)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_a_broken_history_stays_on_every_page_of_who_watches_over_it(client, request, tenant, forged, role):
    client.force_login(request.getfixturevalue(role))
    pages = ["/account/", "/t/harrow-vale/", "/t/harrow-vale/labels/", "/t/harrow-vale/sync/", "/t/nowhere/"]

    told = [BROKEN in client.get(page).text for page in pages]

    assert told == [True] * 5


@pytest.mark.parametrize("role", ["author", "approver", "outsider"])
def test_a_broken_history_is_told_to_nobody_else(client, request, forged, role):
    client.force_login(request.getfixturevalue(role))

    assert BROKEN not in client.get("/account/").text
    assert BROKEN not in client.get("/t/harrow-vale/").text


def test_a_history_that_holds_is_not_told(client, auditor, tenant):
    trail.record(tenant, "policy.changed")
    history.check(tenant)
    client.force_login(auditor)

    assert "data-broken" not in client.get("/t/harrow-vale/").text


def test_frame_asks_nothing_before_it_is_drawn(opened, author):
    with CaptureQueriesContext(connection) as asked:
        opened(author)

    assert len(asked) == 0
