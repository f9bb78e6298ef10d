"""Answering a browser: a fragment for htmx, a page for everybody else."""

from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers


class HasPage(Protocol):
    """A record that has a page."""

    def get_absolute_url(self) -> str: ...


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a piece; boosted links and history restores want the whole page."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The fragment for htmx, the page otherwise; `Vary` keeps caches from mixing them up."""
    response = render(request, fragment if wants_fragment(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def swap_or_redirect(
    request: HttpRequest, fragment: str, context: dict[str, Any], *, to: HasPage | str
) -> HttpResponse:
    """After a change: the fragment for htmx, a redirect to `to` otherwise."""
    if wants_fragment(request):
        return render(request, fragment, context)
    return redirect(to)
