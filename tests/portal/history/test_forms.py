from datetime import UTC, datetime

import pytest

from portal.audit.models import Entry, Result
from portal.audit.trail import record
from portal.history.forms import TrailForm


@pytest.fixture
def trail(tenant, author, draft, at):
    at(datetime(2026, 6, 9, 23, 58, tzinfo=UTC))
    record(draft(142, "Invoices: eight years"), "request.drafted", by=author)
    record(tenant, "mirror.baselined", service="Sync")
    record(tenant, "access.denied", by=author, result=Result.DENIED)
    return Entry.objects.order_by("seq")


def form(**asked):
    return TrailForm(asked, actors=["Ada Author", "Sync"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3]),
        ({"q": "invoices"}, [1]),
        ({"q": "#142"}, [1]),
        ({"who": "Ada Author"}, [1, 3]),
        ({"who": "Sync"}, [2]),
        ({"what": "changes"}, [1]),
        ({"what": "tenant"}, [2]),
        ({"what": "access"}, [3]),
        ({"since": "2026-06-10"}, [2, 3]),
        ({"until": "2026-06-09"}, [1]),
        ({"since": "0001-01-01", "until": "9999-12-31"}, [1, 2, 3]),
        ({"result": "denied"}, [3]),
        ({"who": "Ada Author", "result": "ok"}, [1]),
        ({"before": "2"}, [1, 2, 3]),
    ],
)
def test_narrow_shows_what_was_asked_for(trail, asked, found):
    assert [entry.seq for entry in form(**asked).narrow(trail)] == found


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "x" * 201},
        {"q": "a\0b"},
        {"who": "Nobody"},
        {"what": "everything"},
        {"since": "31 February"},
        {"until": "2026-13-01"},
        {"result": "maybe"},
        {"before": "-1"},
        {"before": "x"},
        {"before": str(2**63)},
    ],
)
def test_narrow_leaves_out_what_cannot_be_read(trail, asked):
    asking = form(**asked)

    assert asking.narrow(trail).count() == 3
    assert list(asking.errors) == list(asked)


def test_place_is_the_entry_before_which_to_go_on():
    assert (form(before="17").place, form(before="x").place, form().place) == (17, None, None)
