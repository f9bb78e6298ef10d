"""Default deny (S1), the ends of a session (S6), and where a signed-out fragment leads (S15)."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from portal.tenants.models import Person

Later = Callable[..., None]
OPEN = {"sign-in", "microsoft", "set-password", "healthz", "readyz", "metrics", "calls", "call"}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in patterns:
        path = before + str(pattern.pattern)
        found += routes(pattern.url_patterns, path) if isinstance(pattern, URLResolver) else [(path, pattern)]
    return found


def test_only_a_reviewed_list_is_open_to_everybody() -> None:
    patterns = [pattern for _path, pattern in routes(get_resolver().url_patterns)]

    assert {pattern.name for pattern in patterns if not getattr(pattern.callback, "login_required", True)} == OPEN


@pytest.mark.django_db
def test_a_signed_out_page_leads_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/t/harrow-vale/people/?q=a b")

    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={quote('/t/harrow-vale/people/?q=a%20b', safe='/')}"


@pytest.mark.django_db
def test_a_signed_out_form_leads_to_sign_in_and_home(client: Client) -> None:
    assert client.post("/t/harrow-vale/people/policy/")["Location"] == "/sign-in/?next=/"


@pytest.mark.django_db
def test_a_signed_out_fragment_moves_the_whole_page(client: Client) -> None:
    response = client.post(
        "/t/harrow-vale/people/3/grant/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/t/harrow-vale/people/"},
    )

    assert (response.status_code, response.content) == (200, b"")
    assert response["HX-Redirect"] == f"/sign-in/?next={quote('/t/harrow-vale/people/', safe='')}"


@pytest.mark.django_db
def test_a_fragment_never_returns_to_another_site(client: Client) -> None:
    response = client.get(
        "/account/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test/t/harrow-vale/"}
    )

    assert response["HX-Redirect"] == "/sign-in/"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves the clock: `later(minutes=31)` from now on."""
    begun = timezone.now()

    def move(**by: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: begun + timedelta(**by))

    return move


def test_a_session_ends_after_half_an_hour_without_activity(client: Client, author: Person, later: Later) -> None:
    client.force_login(author)
    client.get("/account/")

    later(minutes=29)
    assert client.get("/account/").status_code == 200
    later(minutes=58)
    assert client.get("/account/").status_code == 200
    later(minutes=89)
    assert client.get("/account/").status_code == 302


def test_a_session_ends_after_twelve_hours_whatever_the_activity(client: Client, author: Person, later: Later) -> None:
    client.force_login(author)

    for minutes in range(0, 12 * 60, 20):
        later(minutes=minutes)
        assert client.get("/account/").status_code == 200
    later(hours=12)
    assert client.get("/account/").status_code == 302


def test_a_busy_session_is_written_once_a_minute(client: Client, author: Person, later: Later) -> None:
    client.force_login(author)
    client.get("/account/")
    first = client.session["seen"]

    later(seconds=59)
    client.get("/account/")
    assert client.session["seen"] == first
    later(seconds=61)
    client.get("/account/")
    assert client.session["seen"] > first
