"""The token goes to the configured Graph and nowhere else: every address is checked here before it is asked."""

import re
from typing import Final
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from portal.graph.errors import UnsafeLink

PORTS: Final = {"https": 443, "http": 80}


def same_origin(link: str, root: str, version: str) -> str:
    """`link`, normalised, if it has the scheme, host, port and version prefix of `root` (S20, S21).

    Parsed by urllib3, which also makes the connection, so that there is no second opinion on where a link leads. The
    answer is urllib3's own spelling of it: what was checked is what is asked. Raises UnsafeLink.
    """
    base, url = _parsed(f"{root}/{version}/"), _plainly(link)
    if _origin(url) != _origin(base) or not (url.path or "").startswith(base.path or "/"):
        raise UnsafeLink("A link that leads away from Graph was not followed")
    return url.url


def of_origin(link: str, origin: str) -> str:
    """`link`, normalised, if it has the scheme, host and port of `origin`. Raises UnsafeLink as `same_origin` does."""
    url = _plainly(link)
    if _origin(url) != _origin(_parsed(origin)):
        raise UnsafeLink("An address on another host than the sign-in's was not asked")
    return url.url


def _plainly(link: str) -> Url:
    url = _parsed(link)
    if not _is_plain(link) or _climbs(link):
        raise UnsafeLink("A link in a form Graph does not use was not followed")
    return url


def _parsed(link: str) -> Url:
    try:
        return parse_url(link)
    except LocationParseError:
        raise UnsafeLink("A link that is no address was not followed") from None


def _is_plain(link: str) -> bool:
    """Printable ASCII without backslash or fragment: the characters parsers disagree about are not there."""
    return re.fullmatch(r"[!-~]+", link) is not None and "\\" not in link and "#" not in link


def _climbs(link: str) -> bool:
    """Whether anything before the query names a user or a parent folder, however often it is escaped."""
    head, plain = "", link.partition("?")[0]
    while plain != head:
        head, plain = plain, unquote(plain)
    return "@" in head or "\\" in head or not {".", ".."}.isdisjoint(head.split("/"))


def _origin(url: Url) -> tuple[str | None, str | None, int | None]:
    return url.scheme, url.host, url.port or PORTS.get(url.scheme or "")
