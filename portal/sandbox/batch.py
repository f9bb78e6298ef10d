"""`$batch`: several requests in one (contract section 6.2). Each is served as if it had come alone."""

import json
from base64 import b64encode
from collections.abc import Callable
from email.message import Message
from graphlib import CycleError, TopologicalSorter
from typing import Any

from portal.sandbox import schema
from portal.sandbox.access import check_token
from portal.sandbox.errors import Refusal, malformed, no_such_verb
from portal.sandbox.messages import Answer, Json, Request

MOST_ITEMS = 20
REQUIRED = ("id", "method", "url")
SHARED_HEADERS = ("Authorization", "X-Sandbox-As")
"""An item is sent by whoever sends the batch, whatever its own headers say."""


def is_batch(request: Request) -> bool:
    return request.path in ("/v1.0/$batch", "/beta/$batch")


def answer(request: Request, serve: Callable[[Request], Answer], *, loose: bool) -> Answer:
    """200 whatever becomes of the items, or the refusal of the whole. `loose` is explained in `Options`.

    They are answered in reverse, so that nobody relies on the order. Where an item loses its connection, all do.
    """
    try:
        check_token(request)
        if request.method != "POST":
            raise no_such_verb(request.method)
        items = _items(_sent(schema.read_body(request), request, loose=loose))
    except Refusal as refusal:
        return refusal.answer(request)
    answers: dict[str, Answer] = {}
    for id in _in_turn(items):
        failed = any(answers[on].status >= 400 for on in items[id].get("dependsOn", []))
        answers[id] = _skipped(request) if failed else _served(items[id], request, serve)
    return _together({id: answers[id] for id in reversed(items)})


def _sent(body: Json, request: Request, *, loose: bool) -> list[Json]:
    requests = body.get("requests")
    if set(body) != {"requests"} or not isinstance(requests, list) or not 1 <= len(requests) <= MOST_ITEMS:
        raise malformed(f"A batch is a list 'requests' of 1 to {MOST_ITEMS} items and nothing else.")
    if not all(isinstance(item, dict) for item in requests):
        raise malformed("An item of a batch is an object.")
    version = f"{request.root}{request.path.removesuffix('/$batch')}"
    return [_tightened(item, version) for item in requests] if loose else requests


def _tightened(item: Json, version: str) -> Json:
    """What a strict client would have sent instead."""
    known = {name: value for name, value in item.items() if name in MEMBERS}
    url = known.get("url")
    return known | {"url": url.removeprefix(version)} if isinstance(url, str) else known


def _items(requests: list[Json]) -> dict[str, Json]:
    """By id, in the order they were sent; everything that makes the whole batch a malformed one is refused here."""
    for item in requests:
        _check(item)
    items = {item["id"]: item for item in requests}
    if len(items) != len(requests):
        raise malformed("Every item of a batch needs an id of its own.")
    if any(on not in items for item in requests for on in item.get("dependsOn", [])):
        raise malformed("'dependsOn' names an item that is not there.")
    _in_turn(items)
    return items


def _check(item: Json) -> None:
    for name in REQUIRED:
        if not item.get(name):
            raise malformed(f"An item of a batch needs '{name}'.")
    for name, value in item.items():
        if name not in MEMBERS:
            raise malformed(f"An item of a batch has no '{name}'.")
        MEMBERS[name](value, name)


def _url(value: Any, name: str) -> None:
    schema.text(value, name)
    if not value.startswith("/"):
        raise malformed(f"'{value}' is not relative to the version.")


def _texts_by_name(value: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise malformed(f"'{name}' is an object.")
    for member, of in value.items():
        schema.text(of, member)


def _anything(value: Any, name: str) -> None:
    """A body is judged when its item is served."""


MEMBERS: dict[str, schema.Check] = {
    "id": schema.text,
    "method": schema.text,
    "url": _url,
    "headers": _texts_by_name,
    "body": _anything,
    "dependsOn": schema.texts,
}


def _in_turn(items: dict[str, Json]) -> list[str]:
    """The ids, each after those it depends on."""
    try:
        return list(TopologicalSorter({id: item.get("dependsOn", []) for id, item in items.items()}).static_order())
    except CycleError as exc:
        raise malformed("The items of the batch depend on each other in a circle.") from exc


def _skipped(request: Request) -> Answer:
    return Refusal(424, "FailedDependency", "An item this one depends on has failed.").answer(request)


def _served(item: Json, outer: Request, serve: Callable[[Request], Answer]) -> Answer:
    headers: Message[str, str] = Message()
    shared = {name: outer.headers[name] for name in SHARED_HEADERS if name in outer.headers}
    own = {name: value for name, value in item.get("headers", {}).items() if name.title() not in SHARED_HEADERS}
    for name, value in (own | shared).items():
        headers[name] = value
    body = json.dumps(item["body"]).encode() if "body" in item else b""
    version = outer.path.split("/")[1]
    request = Request(item["method"], f"/{version}{item['url']}", headers, body, outer.root)
    return malformed("A batch holds no batch.").answer(request) if is_batch(request) else serve(request)


def _together(answers: dict[str, Answer]) -> Answer:
    return Answer(
        200,
        {"responses": [_response(id, answered) for id, answered in answers.items()]},
        dropped=any(answered.dropped for answered in answers.values()),
        torn=any(answered.torn for answered in answers.values()),
        held_ms=sum(answered.held_ms for answered in answers.values()),
    )


def _response(id: str, answered: Answer) -> Json:
    """What is not JSON comes in base64."""
    body = answered.body if answered.raw is None else b64encode(answered.raw).decode()
    if not body:
        return {"id": id, "status": answered.status, "headers": answered.headers}
    headers = {"Content-Type": "application/json"} | answered.headers
    return {"id": id, "status": answered.status, "headers": headers, "body": body}
