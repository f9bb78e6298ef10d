"""S34: proxy headers count from configured addresses only, for the address, the scheme and the host."""

from ipaddress import ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from portal import settings as configured
from portal.web.proxies import proxied

PROXY, CLIENT, STRANGER = "10.0.0.7", "203.0.113.9", "198.51.100.66"


@pytest.fixture(autouse=True)
def _trusted(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24"), ip_network("fd00::7")]
    settings.ALLOWED_HOSTS = ["fileplan.example", "inner", "testserver"]


def seen(address: str, **headers: str) -> tuple[str, str, str]:
    """Address, scheme and host as the pages see them."""
    found: list[HttpRequest] = []

    def page(request: HttpRequest) -> HttpResponse:
        found.append(request)
        return HttpResponse()

    told = {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    proxied(page)(RequestFactory().get("/", REMOTE_ADDR=address, HTTP_HOST="inner", **told))
    assert not [name for name in found[0].META if "FORWARDED" in name]
    return found[0].META["REMOTE_ADDR"], found[0].scheme or "", found[0].get_host()


def told(**others: str) -> dict[str, str]:
    return {"for": CLIENT, "proto": "https", "host": "fileplan.example"} | others


@pytest.mark.parametrize("address", [PROXY, f"::ffff:{PROXY}", "fd00::7"])
def test_a_trusted_proxy_is_believed(address: str) -> None:
    assert seen(address, **told()) == (CLIENT, "https", "fileplan.example")


@pytest.mark.parametrize("address", [STRANGER, "10.0.1.7", "fd00::8", "127.0.0.1", "", "unix:"])
def test_nobody_else_is_believed(address: str) -> None:
    assert seen(address, **told()) == (address, "http", "inner")


@pytest.mark.parametrize(
    ("passed_by", "address"),
    [
        (f"{STRANGER}, {CLIENT}", CLIENT),
        (f"{STRANGER}, {CLIENT}, 10.0.0.8", CLIENT),
        ("10.0.0.9, 10.0.0.8", "10.0.0.9"),
        (f"{CLIENT}:51234", CLIENT),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        (f"{STRANGER}, unknown", PROXY),
        ("<script>", PROXY),
        ("", PROXY),
    ],
)
def test_the_client_is_who_the_nearest_proxy_saw(passed_by: str, address: str) -> None:
    """What stands further left was written by whoever sent it."""
    assert seen(PROXY, **told(**{"for": passed_by}))[0] == address


def test_the_last_word_on_scheme_and_host_counts() -> None:
    assert seen(PROXY, **told(proto="http, https", host="evil.example, fileplan.example"))[1:] == (
        "https",
        "fileplan.example",
    )


def test_every_page_is_asked_through_it(client: Client, settings: Settings) -> None:
    """Also the redirect to HTTPS, which would send a browser round in circles."""
    settings.SECURE_SSL_REDIRECT = True
    path = "/no/such/page/"

    assert client.get(path, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_PROTO="https").status_code == 404
    assert client.get(path, REMOTE_ADDR=STRANGER, HTTP_X_FORWARDED_PROTO="https").status_code == 301
    assert client.get("/healthz", REMOTE_ADDR=STRANGER).status_code == 200


@pytest.mark.parametrize("proto", ["", "ftp", "HTTPS ", "javascript"])
def test_another_scheme_is_none(proto: str) -> None:
    assert seen(PROXY, **told(proto=proto))[1] == "http"


def test_without_a_word_nothing_changes() -> None:
    assert seen(PROXY) == (PROXY, "http", "inner")


def test_the_setting_takes_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.7, 10.1.0.0/16,fd00::/8")

    assert configured.networks("TRUSTED_PROXIES") == [
        ip_network("10.0.0.7/32"),
        ip_network("10.1.0.0/16"),
        ip_network("fd00::/8"),
    ]


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.300", "10.0.0.7/24", "*"])
def test_the_setting_says_what_it_cannot_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", text)

    with pytest.raises(configured.ImproperlyConfigured, match="TRUSTED_PROXIES"):
        configured.networks("TRUSTED_PROXIES")
