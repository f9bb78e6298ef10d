"""The two doors of the API, and how every refusal of it looks."""

from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Status
from ninja.errors import HttpError, ValidationError

from events.api import actions
from events.api.actions import Wrong
from events.api.doors import Bearer, Caller, Signed, TooMany, note
from events.api.schemas import RefusedOut, ReportIn, ReportOut
from events.reports import Problem
from portal.changes.models import ChangeRequest
from portal.errors import Refused
from portal.tenants.models import Scope
from portal.web import origin

HEADERS = {
    "webhook-id": "The id of this message: up to 100 letters, digits and . _ : -, the same whenever it is sent again.",
    "webhook-timestamp": "Now, in seconds since 1970; at most 300 seconds off.",
    "webhook-signature": "“v1,” and, in Base64, the HMAC-SHA256 of id.timestamp.body. See docs/api.md.",
}
PARAMETERS = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": told,
        "schema": {"type": "string"},
        "example": shown,
    }
    for (name, told), shown in zip(HEADERS.items(), ("leaver-2026-0001", "1780000000", "v1,…"), strict=True)
]
REFUSALS = dict.fromkeys((401, 403, 404), RefusedOut)

api = NinjaAPI(title="Fileplan", version="1", docs_url=None, openapi_url=None, description=_("What systems report."))


@api.post(
    "/t/{slug:tenant}/events",
    auth=Signed(Scope.WRITE),
    response={201: ReportOut, 200: ReportOut, **REFUSALS, **dict.fromkeys((409, 413, 415, 422, 429, 503), RefusedOut)},
    url_name="calls",
    operation_id="report_event",
    tags=["Events"],
    summary="Report that something happened",
    openapi_extra={"parameters": PARAMETERS},
)
def calls(request: HttpRequest, tenant: str, report: ReportIn) -> Any:
    """Makes a change that waits for approval. Sent again, it makes no other: the first answer comes again, as 200."""
    caller = _caller(request)
    message = request.headers["webhook-id"]
    if report.id != message:
        raise Wrong([Problem("id", _("The id in the body and the one in webhook-id differ. Send the same in both."))])
    if bool(report.name) == bool(report.name_parts):
        raise Wrong([Problem("name", _("Send either a name or its parts."))])
    digest = sha256(request.body).hexdigest()
    call, is_new = actions.receive(caller.auth, report.report(), message=message, digest=digest)
    return Status(201 if is_new else 200, call.answer)


@api.get(
    "/t/{slug:tenant}/events/{message}",
    auth=Bearer(Scope.READ),
    response={200: ReportOut, **REFUSALS, **dict.fromkeys((429, 503), RefusedOut)},
    url_name="call",
    operation_id="read_event",
    tags=["Events"],
    summary="Ask what became of a report",
)
def call(request: HttpRequest, tenant: str, message: str) -> Any:
    """By the id that the system gave it."""
    caller = _caller(request)
    made = ChangeRequest.objects.filter(calls__system=caller.auth.system, calls__message=message).first()
    if made is None:
        note(caller.auth, "unknown message")
        raise Http404
    return Status(200, actions.told(message, made))


def _caller(request: Any) -> Caller:
    """A request that came through a door."""
    caller: Caller = request
    return caller


def _refusal(request: HttpRequest, status: int, *found: Problem) -> HttpResponse:
    errors = [{"field": one.field, "sentence": one.sentence} for one in found]
    return api.create_response(request, {"errors": errors, "reference": origin.current().request_id}, status=status)


@api.exception_handler(Refused)
def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
    found = exc.found if isinstance(exc, Wrong) else [Problem("", str(exc.sentence))]
    response = _refusal(request, exc.status, *found)
    if exc.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(exc, TooMany):
        response["Retry-After"] = str(exc.seconds)
    elif exc.status == 503:
        response["Retry-After"] = "600"
    return response


@api.exception_handler(Http404)
def not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
    return _refusal(request, 404, Problem("", _("There is nothing here, or it belongs to another tenant.")))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """The one thing that ninja itself refuses: a body that cannot be read."""
    return _refusal(request, 422, Problem("", _("The body is no JSON that can be read. Send one object in UTF-8.")))


@api.exception_handler(ValidationError)
def misshapen(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """What has not even the shape of a report. What was sent is not repeated."""
    return _refusal(request, 422, *(_misshapen(one) for one in exc.errors))


def _misshapen(error: dict[str, Any]) -> Problem:
    """`loc` is body, report, field, and within a list its place."""
    kind, field = str(error["type"]), next(iter(map(str, error["loc"][2:3])), "")
    told = {
        "missing": _("This is missing. Send it."),
        "extra_forbidden": _("There is no such field. Leave it out."),
        "string_type": _("This is no text. Send it in quotation marks."),
        "int_type": _("This is no whole number."),
        "list_type": _("This is no list. Send it in square brackets."),
        "model_type": _("The body is no report. Send one JSON object with the fields of docs/api.md."),
    }
    return Problem(field, told.get(kind) or _("This does not fit. See docs/api.md for what it can be."))


@api.exception_handler(Exception)
def broken(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Left to Django, which tells the log and gives the caller a reference, also where DEBUG is on."""
    raise exc
