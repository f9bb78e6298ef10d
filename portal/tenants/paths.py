"""Where somebody may be sent after signing in: only ever to an address of our own (S15)."""

from django.utils.http import url_has_allowed_host_and_scheme


def own(path: str | None) -> str:
    """`path` if it is an absolute path of this site, else home."""
    if path and path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return "/"
