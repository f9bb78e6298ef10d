from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from portal.graph import client as client_module
from portal.graph.errors import EndlessListing, GraphError, Rejected, Throttled, Unreadable, UnsafeLink
from tests.portal.graph.hostile import hostile_links
from tests.portal.graph.scripted import TOKEN, bomb, cut, drop, reply

LABELS = "security/labels/retentionLabels"


def page(*ids, link=None):
    return reply(200, {"value": [{"id": one} for one in ids]} | ({"@odata.nextLink": link} if link else {}))


def next_link(server, token):
    return f"{server.root}/v1.0/{LABELS}?$skiptoken={token}"


def test_pages_follows_each_link_as_it_came(client, server):
    odd = next_link(server, "a%2Bb==&x='1'~$;,:@/?(!)*")
    server.will(page("a", "b", link=odd), page(link=next_link(server, "2")), page("c"))

    pages = list(client.pages(LABELS))

    assert [[item["id"] for item in one.items] for one in pages] == [["a", "b"], [], ["c"]]
    assert [server.root + seen.target for seen in server.seen][1:] == [odd, next_link(server, "2")]
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}


def test_pages_asks_only_when_the_last_page_was_used_and_notes_when(client, server):
    server.will(page("a", link=next_link(server, "1")), page("b"))
    ticks = (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=n) for n in count())

    listing = client.pages(LABELS, clock=lambda: next(ticks))
    first = next(listing)
    asked = len(server.seen)
    second = next(listing)

    assert asked == 1
    assert second.asked_at - first.asked_at == timedelta(seconds=1)


def test_pages_is_as_old_as_its_questions(client, server):
    """Not as its answers: what is written while an answer is on its way is younger than the page."""
    server.will(page("a", link=next_link(server, "1")), page("b"))
    began = datetime(2026, 9, 1, tzinfo=UTC)

    pages = list(client.pages(LABELS, clock=lambda: began + timedelta(seconds=len(server.seen))))

    assert [one.asked_at - began for one in pages] == [timedelta(seconds=0), timedelta(seconds=1)]


def test_pages_accepts_an_empty_last_page(client, server):
    server.will(page("a", link=next_link(server, "MTAw")), page())

    assert [len(one.items) for one in client.pages(LABELS)] == [1, 0]


def test_pages_ends_at_a_link_of_null(client, server):
    server.will(reply(200, {"value": [], "@odata.nextLink": None}))

    assert len(list(client.pages(LABELS))) == 1


@pytest.mark.parametrize("number", range(len(hostile_links("http://graph.test", "http://evil.test"))))
def test_pages_follows_no_hostile_link(client, server, canary, number):
    links = hostile_links(server.root, canary.root)
    server.will(page("a", link=links[number] or " "))

    with pytest.raises(UnsafeLink):
        list(client.pages(LABELS))

    assert len(server.seen) == 1
    assert canary.connections == 0


@pytest.mark.parametrize("link", [f"v1.0/{LABELS}", f"v1.0/{LABELS}?"])
def test_pages_ends_at_a_link_to_itself(client, server, link):
    server.will(*[page("a", link=f"{server.root}/{link}")] * 3)

    with pytest.raises(EndlessListing):
        list(client.pages(LABELS))

    assert len(server.seen) <= 2


def test_pages_ends_at_a_link_seen_before(client, server):
    server.will(*[page("a", link=next_link(server, token)) for token in ("1", "2", "1", "2")])

    with pytest.raises(EndlessListing):
        list(client.pages(LABELS))

    assert len(server.seen) == 3


def test_pages_does_not_go_on_for_ever(client, server, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_PAGES", 5)
    server.will(*[page("a", link=next_link(server, n)) for n in range(9)])

    with pytest.raises(EndlessListing):
        list(client.pages(LABELS))

    assert len(server.seen) == 5


@pytest.mark.parametrize(
    ("third", "error"),
    [
        (reply(500), Unreadable),
        (reply(504), Unreadable),
        (reply(302, Location="/v1.0/x"), Unreadable),
        (reply(401), Rejected),
        (reply(403), Rejected),
        (reply(404), Rejected),
        (reply(429), Throttled),
        (drop, Unreadable),
        (cut(page("c"), missing=1), Unreadable),
        (reply(200, raw=b"{"), Unreadable),
        (reply(200, raw=b"<html>", Content_Type="text/html"), Unreadable),
        (reply(200, raw=bomb(70_000_000), Content_Encoding="gzip"), Unreadable),
        (reply(200, []), Unreadable),
        (reply(200, {}), Unreadable),
        (reply(200, {"value": None}), Unreadable),
        (reply(200, {"value": {"id": "c"}}), Unreadable),
        (reply(200, {"value": ["c"]}), Unreadable),
        (reply(200, {"value": [{"id": "c"}, None]}), Unreadable),
        (reply(200, {"value": [], "@odata.nextLink": 7}), Unreadable),
        (reply(204), Unreadable),
    ],
)
def test_pages_never_ends_well_after_a_bad_page(client, server, third, error):
    server.will(page("a", link=next_link(server, "1")), page("b", link=next_link(server, "2")), third, page("d"))
    read = []

    with pytest.raises(error) as caught:
        read.extend(one.items for one in client.pages(LABELS))

    assert isinstance(caught.value, GraphError)
    assert len(server.seen) == 3
