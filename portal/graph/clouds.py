"""Where each Microsoft cloud keeps Graph and its sign-in, and what its scopes are called (contract section 1)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url


class Cloud(StrEnum):
    """The clouds that have the records management API, and the stand-in on this machine."""

    GLOBAL = "global"
    US_GOV_L4 = "us_gov_l4"
    US_GOV_L5 = "us_gov_l5"
    SANDBOX = "sandbox"


class CloudNotOffered(ValueError):
    """A cloud without this API, or an address Fileplan does not talk to. Its text is a sentence for people."""


@dataclass(frozen=True)
class Hosts:
    """The two origins of a cloud that may see a token."""

    graph: str
    authority: str


HOSTS: Final = {
    Cloud.GLOBAL: Hosts("https://graph.microsoft.com", "https://login.microsoftonline.com"),
    Cloud.US_GOV_L4: Hosts("https://graph.microsoft.us", "https://login.microsoftonline.us"),
    Cloud.US_GOV_L5: Hosts("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
}
AN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How Microsoft writes the id of anything, in small letters."""
WRITES: Final = "RecordsManagement.ReadWrite.All"
NO_CHINA: Final = "Microsoft does not offer records management through Graph in the China cloud."
LOGIN_IN_SANDBOX: Final = "https://login.sandbox.invalid"  # led to the sandbox's own root; MSAL wants HTTPS
NOT_LOOPBACK: Final = "The sandbox must be on this machine: give an address such as http://127.0.0.1:8100."


def root_of(cloud: str, sandbox_root: str | None = None) -> str:
    """Graph's root in `cloud`, without a slash at its end; for the sandbox, `sandbox_root` once it proves harmless.

    Raises CloudNotOffered for the China cloud, an unknown one, or a sandbox that is not plain http on loopback.
    """
    known = offered(cloud)
    return loopback(sandbox_root or "") if known is Cloud.SANDBOX else HOSTS[known].graph


def authority_of(cloud: str) -> str:
    """The sign-in host of `cloud`, the sandbox's stand-in for one too. Raises CloudNotOffered as `root_of` does."""
    known = offered(cloud)
    return LOGIN_IN_SANDBOX if known is Cloud.SANDBOX else HOSTS[known].authority


def write_scope(cloud: str, sandbox_root: str | None = None) -> str:
    """The delegated permission to read and write. Raises CloudNotOffered as `root_of` does."""
    return f"{root_of(cloud, sandbox_root)}/{WRITES}"


def offered(cloud: str) -> Cloud:
    """`cloud` as a Cloud. Raises CloudNotOffered for the China cloud, and for what is no cloud at all."""
    if cloud == "china":
        raise CloudNotOffered(NO_CHINA)
    try:
        return Cloud(cloud)
    except ValueError:
        raise CloudNotOffered(f"There is no cloud called {cloud!r}. Choose one of {', '.join(Cloud)}.") from None


def loopback(root: str) -> str:
    """`root` normalised, if it is nothing but plain http, a loopback host and a port. Raises CloudNotOffered."""
    if not re.fullmatch(r"[A-Za-z0-9.:/\[\]-]+", root):
        raise CloudNotOffered(NOT_LOOPBACK)
    try:
        url = parse_url(root)
    except LocationParseError:
        raise CloudNotOffered(NOT_LOOPBACK) from None
    if url.scheme != "http" or url.path not in (None, "/") or not _is_loopback(url.host):
        raise CloudNotOffered(NOT_LOOPBACK)
    return Url(scheme=url.scheme, host=url.host, port=url.port).url


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
