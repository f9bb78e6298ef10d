"""References in a request body: from a URL to the object it names (contract section 4.5)."""

import re
from urllib.parse import urlsplit

from portal.sandbox.errors import Refusal, malformed
from portal.sandbox.messages import Json
from portal.sandbox.store import Store

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
FOLDERS = {"retentionEventTypes": "triggerTypes"}


def bound(url: str, *, name: str, root: str, version: str, store: Store) -> Json:
    """The object of set `name` that `url` names: absolute, of this server and of the request's own version.

    Both key forms are accepted; an unknown id is a 400, because it is the body that is wrong.
    """
    path = f"/{version}/security/{FOLDERS.get(name, 'labels')}/{name}"
    parts = urlsplit(url)
    key = re.fullmatch(re.escape(path) + r"(?:/([^/']+)|\('([^/']+)'\))", parts.path)
    if not _is_own(parts.scheme, parts.netloc, root) or parts.query or parts.fragment or key is None:
        raise malformed(f"'{url}' does not name one of '{path}'.")
    try:
        return store.get(name, key[1] or key[2])
    except Refusal as exc:
        raise malformed(f"'{url}' names nothing that exists.") from exc


def _is_own(scheme: str, netloc: str, root: str) -> bool:
    own = urlsplit(root)
    return scheme == "http" and netloc in {own.netloc, *(f"{name}:{own.port}" for name in LOOPBACK_NAMES)}
