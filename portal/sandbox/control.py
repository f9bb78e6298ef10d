"""The paths below /sandbox/: what a test or a trainer does to the tenant. They need no token."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from portal.sandbox.errors import Refusal, malformed, no_such_verb
from portal.sandbox.faults import Faults
from portal.sandbox.identity.control import PATHS as IDENTITY_PATHS
from portal.sandbox.identity.doors import Identity
from portal.sandbox.messages import Answer, Json, Request

PREFIX = "/sandbox/"


class Controlled(Protocol):
    """What the control paths need of a sandbox."""

    rules: Faults
    identity: Identity

    def faults(self, rules: list[Json]) -> None: ...
    def edit(self, action: str, name: str, target: str | None, body: Json | None, **by: str) -> Json: ...
    def in_use(self, target: str, value: bool) -> Json: ...
    def propagate(self, target: str, step: Any) -> Json: ...
    def journal(self) -> list[Json]: ...
    def ledger(self) -> list[Json]: ...
    def state(self) -> dict[str, list[Json]]: ...
    def reset(self) -> None: ...


def is_control(request: Request) -> bool:
    return request.path.startswith(PREFIX)


def answer(request: Request, sandbox: Controlled) -> Answer:
    verbs = PATHS.get(request.path.removeprefix(PREFIX))
    try:
        if verbs is None:
            raise Refusal(404, "itemNotFound", f"There is no control path {request.path}.")
        if request.method not in verbs:
            raise no_such_verb(request.method)
        return Answer(200, verbs[request.method](sandbox, _body(request)))
    except Refusal as refusal:
        return refusal.answer(request)
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        return malformed(f"The control request is not understood: {exc}").answer(request)


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body) if request.body else None
    except ValueError as exc:
        raise malformed("The body is not JSON.") from exc


def _set_faults(sandbox: Controlled, body: Any) -> Any:
    sandbox.faults(body)
    return sandbox.rules.shown()


def _clear_faults(sandbox: Controlled, body: Any) -> Any:
    sandbox.faults([])
    return []


def _edit(sandbox: Controlled, body: Any) -> Any:
    """`{"action", "set", "id" or "displayName", "body", "by"}`."""
    by = {"by": body["by"]} if "by" in body else {}
    target = body.get("id") or body.get("displayName")
    return sandbox.edit(body["action"], body["set"], target, body.get("body"), **by)


def _in_use(sandbox: Controlled, body: Any) -> Any:
    """`{"id" or "displayName", "isInUse"}`."""
    return sandbox.in_use(body.get("id") or body["displayName"], body.get("isInUse", True))


def _propagate(sandbox: Controlled, body: Any) -> Any:
    """`{"id" or "displayName", "step"}`."""
    return sandbox.propagate(body.get("id") or body["displayName"], body["step"])


def _reset(sandbox: Controlled, body: Any) -> Any:
    sandbox.reset()
    return {}


PATHS: dict[str, dict[str, Callable[[Controlled, Any], Any]]] = {
    "faults": {"GET": lambda sandbox, _: sandbox.rules.shown(), "POST": _set_faults, "DELETE": _clear_faults},
    "edit": {"POST": _edit},
    "in-use": {"POST": _in_use},
    "propagation": {"POST": _propagate},
    "journal": {"GET": lambda sandbox, _: sandbox.journal()},
    "ledger": {"GET": lambda sandbox, _: sandbox.ledger()},
    "state": {"GET": lambda sandbox, _: sandbox.state()},
    "reset": {"POST": _reset},
    **IDENTITY_PATHS,
}
