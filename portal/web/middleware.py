"""What every request passes: an origin, limits, headers that keep private pages private, and refusals as pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portal.errors import Refused
from portal.web import origin as origins
from portal.web import problems

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def origin(get_response: GetResponse) -> GetResponse:
    """Gives the request an id, which the history, the log and the answer bear."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        begun = origins.begin(request.META.get("REMOTE_ADDR", ""))
        response = get_response(request)
        response["X-Request-ID"] = begun.request_id
        return response

    return middleware


def private(get_response: GetResponse) -> GetResponse:
    """Keeps pages out of caches; static files are served before this (S13)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def bounded(get_response: GetResponse) -> GetResponse:
    """Refuses a body larger than any form sends, unread: Django limits fields, but lets files of any size come in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return problems.too_large(request)
        return get_response(request)

    return middleware


def explained(get_response: GetResponse) -> GetResponse:
    """Gives the refusal of a method a page; Django's own is empty, the API's is not."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_bare = isinstance(response, HttpResponse) and not response.content
        if response.status_code != 405 or not is_bare:
            return response
        page = problems.wrong_method(request)
        page["Allow"] = response["Allow"]
        return page

    return middleware


class refusals:  # noqa: N801  (named in settings beside functions)
    """Turns Refused into its status and a page, or a message for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problems.refused(request, exception) if isinstance(exception, Refused) else None
