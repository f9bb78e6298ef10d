"""Requests that come through a proxy: its word counts for the client's address, the scheme and the host (S34)."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from portal.web.middleware import GetResponse

Address = IPv4Address | IPv6Address


def proxied(get_response: GetResponse) -> GetResponse:
    """Takes the headers of proxies in TRUSTED_PROXIES for true, and away from everybody else's requests.

    What follows reads REMOTE_ADDR, the scheme and the host as if there were no proxy.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        told = {name: _last(request.META.pop(f"HTTP_X_FORWARDED_{name}", "")) for name in ("PROTO", "HOST")}
        passed_by = request.META.pop("HTTP_X_FORWARDED_FOR", "").split(",")
        request.META.pop("HTTP_FORWARDED", None)
        if _is_trusted(_address(request.META.get("REMOTE_ADDR", ""))):
            request.META["REMOTE_ADDR"] = _client(request.META["REMOTE_ADDR"], passed_by)
            if told["HOST"]:
                request.META["HTTP_HOST"] = told["HOST"]
            if told["PROTO"] in ("http", "https"):
                request.META["wsgi.url_scheme"] = told["PROTO"]
        return get_response(request)

    return middleware


def _client(address: str, passed_by: list[str]) -> str:
    """Read from the end, where the nearest proxy wrote: the first that is no proxy of ours, or else the last read."""
    for text in reversed(passed_by):
        found = _address(text)
        if found is None:
            break
        address = str(found)
        if not _is_trusted(found):
            break
    return address


def _address(text: str) -> Address | None:
    """An address, from IPv4 in IPv6 clothes and with a port as well; none for what is no address."""
    text = text.strip()
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    bare = bare.partition(":")[0] if bare.count(":") == 1 else bare
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def _last(text: str) -> str:
    return text.rpartition(",")[2].strip()
