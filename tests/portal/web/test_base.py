"""What stands around every page: htmx as the strict policy wants it (S11), the token of its requests (S12)."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = [pytest.mark.urls("tests.portal.web.urls"), pytest.mark.django_db]


class Page(HTMLParser):
    """The start tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def shown(client, author, tenant):
    client.force_login(author)
    return Page(client.get(f"/t/{tenant.slug}/").text)


def test_htmx_is_configured_for_the_strict_policy(shown):
    [meta] = [meta for meta in shown.named("meta") if meta.get("name") == "htmx-config"]

    config = json.loads(meta["content"])

    handling = config.pop("responseHandling")
    config.pop("scrollBehavior")
    assert config == {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "historyRestoreAsHxRequest": False,
    }
    swapped = "|".join(rule["code"] for rule in handling if rule["swap"])
    assert all(re.match(swapped, status) for status in ("200", "403", "409", "422"))


def test_every_htmx_request_carries_the_token(shown):
    [body] = shown.named("body")

    assert len(json.loads(body["hx-headers"])["X-CSRFToken"]) == 64


def test_page_loads_only_what_is_there(shown):
    sources = [script["src"] for script in shown.named("script")] + [
        link["href"] for link in shown.named("link") if link["rel"] in {"stylesheet", "icon"}
    ]

    missing = [source for source in sources if not finders.find(source.removeprefix(settings.STATIC_URL).lstrip("/"))]

    assert missing == []
    assert len(sources) > 5


def test_page_has_landmarks_and_skips_to_the_content(shown):
    assert [main["id"] for main in shown.named("main")] == ["content"]
    assert next(link["href"] for link in shown.named("a")) == "#content"
    assert any(attributes.get("id") == "messages" for attributes in shown.named("div"))


def test_navigation_marks_where_one_is(shown, tenant):
    here = [link["href"] for link in shown.named("a") if link.get("aria-current") == "page"]

    assert here == [f"/t/{tenant.slug}/"]


@pytest.mark.parametrize(("role", "sees"), [("author", False), ("auditor", True), ("administrator", True)])
def test_people_are_in_the_navigation_for_those_who_may_look(client, request, tenant, role, sees):
    client.force_login(request.getfixturevalue(role))

    links = [link.get("href") for link in Page(client.get(f"/t/{tenant.slug}/").text).named("a")]

    assert (f"/t/{tenant.slug}/people/" in links) is sees


def test_a_sandbox_says_so_on_every_page(client, author, tenant):
    client.force_login(author)

    html = client.get(f"/t/{tenant.slug}/").text

    assert ("Nothing here reaches Microsoft." in html) is tenant.is_sandbox


def test_page_without_a_tenant_stands(client, author):
    client.force_login(author)

    assert client.get("/plain/").status_code == 200


def test_a_bare_page_needs_nobody_signed_in(client):
    html = client.get("/sign-in/").text

    assert '<body class="bare"' in html


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_theme_comes_from_the_server(client, theme):
    client.cookies["theme"] = theme

    assert Page(client.get("/sign-in/").text).named("html")[0]["data-theme"] == theme


def test_theme_takes_nothing_else(client):
    client.cookies["theme"] = '"><script>'

    assert "data-theme" not in Page(client.get("/sign-in/").text).named("html")[0]


def test_keys_are_switched_off_by_the_server(author):
    client = Client()
    client.force_login(author)
    client.cookies["keys"] = "off"

    assert Page(client.get("/plain/").text).named("html")[0]["data-keys"] == "off"


FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle="),
    "an inline handler": re.compile(r"\son[a-z]+="),
    "hx-on": re.compile(r"hx-on"),
    "script in an attribute": re.compile(r"""["']js(?:cript)?:|javascript:"""),
    "a trigger filter": re.compile(r"""hx-trigger="[^"]*\["""),
    "a script body": re.compile(r"<script(?![^>]*\ssrc=)"),
    "a style body": re.compile(r"<style"),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape off"),
    "another origin": re.compile(r"""(?:src|href|action)=["'](?:https?:)?//"""),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_breaks_the_policy(what):
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")

    assert [str(file) for file in templates if FORBIDDEN[what].search(file.read_text())] == []


def test_no_code_marks_text_as_safe():
    folders = [Path(settings.BASE_DIR, name) for name in ("portal", "labels", "events")]

    files = [file for folder in folders for file in folder.rglob("*.py")]

    assert [str(file) for file in files if re.search(r"mark_safe|SafeString\(", file.read_text())] == []
