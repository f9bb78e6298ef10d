import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.changes.context import frame
from tests.changing import drafted, mirrored, submitted, update


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

    assert (opened(approver)["nav"].desk, opened(approver)["nav"].labels, opened(approver)["nav"].changes) == (1, 1, 2)
    assert opened(author)["nav"].desk == 1


def test_frame_asks_nothing_before_it_is_drawn(opened, author):
    with CaptureQueriesContext(connection) as asked:
        opened(author)

    assert len(asked) == 0
