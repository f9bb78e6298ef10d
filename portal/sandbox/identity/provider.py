"""From a path to its endpoint."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from portal.sandbox.identity import authorize, devices, pages, plain, tokens
from portal.sandbox.identity.failures import Failure, malformed, no_such_directory
from portal.sandbox.identity.models import AUTOMATIC
from portal.sandbox.identity.world import Call, World
from portal.sandbox.messages import Answer, Request
from portal.sandbox.options import Options

PRESSED = ("person", "consent", "cancel")
FORM = "application/x-www-form-urlencoded"
Endpoint = Callable[[Call], Answer]


class Route(NamedTuple):
    name: str
    endpoint: Endpoint
    verbs: tuple[str, ...]
    is_page: bool = False


ROUTES = {
    "v2.0/.well-known/openid-configuration": Route("discovery", plain.configuration, ("GET",)),
    "discovery/v2.0/keys": Route("keys", plain.keys, ("GET",)),
    "oauth2/v2.0/authorize": Route("authorize", authorize.answer, ("GET", "POST"), is_page=True),
    "oauth2/v2.0/token": Route("token", tokens.answer, ("POST",)),
    "oauth2/v2.0/devicecode": Route("devicecode", devices.begin, ("POST",)),
    "oauth2/v2.0/logout": Route("logout", plain.sign_out, ("GET",), is_page=True),
    "oauth2/deviceauth": Route("deviceauth", devices.confirm, ("GET", "POST"), is_page=True),
    "oauth2/style.css": Route("style", plain.style, ("GET",), is_page=True),
}


def endpoint_of(request: Request) -> str:
    """Its name, or empty."""
    route = ROUTES.get(_split(request)[1])
    return route.name if route else ""


def _split(request: Request) -> tuple[str, str]:
    """The directory, and the path below it."""
    directory, _, path = request.path.lstrip("/").partition("/")
    return directory.lower(), path


def answer(request: Request, world: World, options: Options) -> Answer:
    """What the sign-in host would answer. The caller holds the lock."""
    directory, path = _split(request)
    route = ROUTES.get(path)
    if route is None:
        return Answer(404, headers={"Content-Type": "text/plain"}, raw=b"Not found")
    call = Call(request, world, options, directory, {}, {})
    try:
        _check(call, route)
        return route.endpoint(_read(call))
    except Failure as failure:
        return pages.refusal(call, failure) if route.is_page else failure.answer(request)


def _check(call: Call, route: Route) -> None:
    method = call.request.method
    if method not in (*route.verbs, *(["HEAD"] if "GET" in route.verbs else [])):
        message = f"The endpoint only accepts {' and '.join(route.verbs)} requests. Received a {method} request."
        raise Failure("invalid_request", 900561, message, status=405)
    if call.directory not in (*AUTOMATIC, *call.book.directories):
        raise no_such_directory(call.directory)


def _read(call: Call) -> Call:
    """With its parameters. Raises Failure for one that is given twice, and for a body that is no form."""
    sent = [*call.request.query, *_form(call.request)] if call.request.method == "POST" else call.request.query
    given = dict(sent)
    if len(given) != len(sent):
        raise malformed("A parameter is given twice.")
    pressed = {name: given.pop(name) for name in PRESSED if name in given}
    is_posted = call.request.method == "POST"
    return Call(call.request, call.world, call.options, call.directory, given, pressed if is_posted else {})


def _form(request: Request) -> list[tuple[str, str]]:
    if not request.body:
        return []
    if request.headers.get_content_type() != FORM:
        raise malformed(f"The body is a form ({FORM}).")
    try:
        text = request.body.decode("ascii")
    except UnicodeDecodeError as exc:
        raise malformed("The body is not URL-encoded.") from exc
    if re.search("[\x00-\x20\x7f]", text):
        raise malformed("The body is not URL-encoded.")
    return parse_qsl(text, keep_blank_values=True)
