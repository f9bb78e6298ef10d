"""What every answer bears (S9, S10, S11, S13), on this machine and on a public host."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as here
from pytest_django.fixtures import Settings

from portal.tenants.models import Role
from tests.doors.test_matrix import CELLS, DOORS
from tests.doors.world import Visitor, World, undone
from tests.factories import PASSWORD, make_person

STARTS = {"this machine": "127.0.0.1", "a public host": "fileplan.example"}
SET_BY_THE_START = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "LOOK_COOKIES",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
)
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture(params=STARTS)
def start(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> str:
    """Fileplan as it starts for those hosts."""
    for name, value in started(STARTS[request.param], tmp_path).items():
        setattr(settings, name, value)
    return str(request.param)


def started(hosts: str, data: Path) -> dict[str, Any]:
    told = f"print(json.dumps({{name: getattr(settings, name) for name in {SET_BY_THE_START}}}))"
    told = f"import json; from portal import settings; {told}"
    asked = {"ALLOWED_HOSTS": hosts, "SECRET_KEY": "x" * 60, "DATA_DIR": str(data), "DATABASE_URL": "", "DEBUG": ""}
    asked["LOCAL_ACCOUNTS"] = "true"
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=here.BASE_DIR, env={**os.environ, **asked}, capture_output=True, check=True
    )
    settings: dict[str, Any] = json.loads(run.stdout)
    return settings


def test_cookies_belong_to_this_site_alone(start: str, world: World) -> None:
    is_public = start == "a public host"
    visitor = Visitor(None)
    signed_in = {"username": "ada@harrow.test", "password": PASSWORD}

    visitor.client.post("/sign-in/", signed_in, secure=True)
    visitor.client.post("/account/look/", {"theme": "dark", "keys": "off"}, secure=True)
    visitor.client.post(world.path("change-edit"), world.form("change-edit"), secure=True)
    visitor.client.get("/account/", secure=True)

    prefix = "__Host-" if is_public else ""
    cookies = visitor.client.cookies
    assert set(cookies) == {prefix + name for name in ("session", "csrf", "theme", "keys")}
    kept = {(one["secure"], one["httponly"], one["samesite"], one["path"], one["domain"]) for one in cookies.values()}
    assert kept == {(True if is_public else "", True, "Lax", "/", "")}


def test_the_look_is_kept_in_either_start(start: str, world: World) -> None:
    visitor = Visitor(world.people["author"])

    visitor.client.post("/account/look/", {"theme": "dark", "keys": "off"}, secure=True)

    page = visitor.client.get("/account/", secure=True).text
    assert 'data-theme="dark"' in page
    assert 'data-keys="off"' in page


def test_every_answer_bears_the_headers(start: str, world: World) -> None:
    """Every door, to somebody who may open it, to an outsider, and to somebody signed out."""
    everybody = make_person(*Role, tenant=world.tenant)
    visitors = {"everybody": Visitor(everybody), "outsider": Visitor(world.people["outsider"]), "": Visitor(None)}
    poor = {}
    for route, method in DOORS:
        for who, visitor in visitors.items():
            form = world.form(route) if method == "POST" else None
            with undone():
                answer = visitor.ask(method, world.path(route), form, secure=True)
            if wrong := missing(answer.headers, is_public=start == "a public host"):
                poor[route, method, who] = wrong

    assert poor == {}


def missing(headers: Any, *, is_public: bool) -> dict[str, str]:
    """The headers that do not say what they should."""
    hsts = "max-age=31536000; includeSubDomains; preload" if is_public else None
    wanted = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Strict-Transport-Security": hsts,
    }
    wrong = {name: str(headers.get(name)) for name, value in wanted.items() if headers.get(name) != value}
    policy = headers.get("Content-Security-Policy", "")
    if set(policy.split("; ")) != POLICY:
        wrong["Content-Security-Policy"] = policy
    if len(headers.get("X-Request-ID", "")) != 32:
        wrong["X-Request-ID"] = headers.get("X-Request-ID", "")
    return wrong


def test_a_redirect_to_https_bears_the_policy(settings: Settings, client: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get("/sign-in/")

    assert answer["Location"] == "https://testserver/sign-in/"
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY


def test_every_page_that_swaps_says_so_to_caches(world: World) -> None:
    """S11: what htmx gets and what a browser gets have one address."""
    visitor, unsaid = Visitor(make_person(*Role, tenant=world.tenant)), []
    for route, method in DOORS:
        if method != "GET" or CELLS[route, "GET", "outsider"] != 404:
            continue
        page, piece = (visitor.ask("GET", world.path(route), headers=one) for one in ({}, {"HX-Request": "true"}))
        if page.content != piece.content and "HX-Request" not in page.get("Vary", "") and b"<html" not in piece.content:
            unsaid.append(route)

    assert unsaid == []
