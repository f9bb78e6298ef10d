"""From a path to its handler. What is not in the table does not exist, and is refused as section 3.2 says."""

import re
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from portal.sandbox import event_types, events, labels, stages, templates
from portal.sandbox.access import check_scope, check_token
from portal.sandbox.calls import Call
from portal.sandbox.errors import Refusal, malformed, no_such_verb
from portal.sandbox.messages import Answer, Request
from portal.sandbox.options import Options
from portal.sandbox.schema import BOUND_SETS
from portal.sandbox.store import Store

Handler = Callable[[Call], Answer]
VERSIONS = ("v1.0", "beta")
LABEL = "labels/retentionLabels/{}"
EVENT = "triggers/retentionEvents/{}"
EXPANDS = {
    "labels/retentionLabels": ("retentionEventType", "descriptors", "dispositionReviewStages"),
    "triggers/retentionEvents": ("retentionEventType",),
}
ROUTES: dict[str, dict[str, Handler]] = {
    "labels": {},
    "triggers": {},
    "triggerTypes": {},
    "labels/retentionLabels": {"GET": labels.list_all, "POST": labels.create},
    LABEL: {"GET": labels.get, "PATCH": labels.update, "DELETE": labels.delete},
    f"{LABEL}/retentionEventType": {"GET": event_types.get_of},
    f"{LABEL}/descriptors": {"GET": labels.get_descriptors},
    f"{LABEL}/dispositionReviewStages": {"GET": stages.list_all, "POST": stages.create},
    f"{LABEL}/dispositionReviewStages/{{}}": {"GET": stages.get, "PATCH": stages.update, "DELETE": stages.delete},
    "labels/categories/{}/subcategories": {"GET": templates.list_subcategories, "POST": templates.create_subcategory},
    "labels/categories/{}/subcategories/{}": {"GET": templates.get_subcategory},
    "triggers/retentionEvents": {"GET": events.list_all, "POST": events.create},
    EVENT: {"GET": events.get, "DELETE": events.delete},
    f"{EVENT}/retentionEventType": {"GET": event_types.get_of},
    "triggerTypes/retentionEventTypes": {"GET": event_types.list_all, "POST": event_types.create},
    "triggerTypes/retentionEventTypes/{}": {
        "GET": event_types.get,
        "PATCH": event_types.update,
        "DELETE": event_types.delete,
    },
}
for name, source in BOUND_SETS.items():
    ROUTES[f"{LABEL}/descriptors/{name}Template"] = {"GET": labels.get_template}
    ROUTES[f"labels/{source}"] = {"GET": templates.list_all, "POST": templates.create}
    ROUTES[f"labels/{source}/{{}}"] = {"GET": templates.get, "DELETE": templates.delete}


def answer(request: Request, store: Store, options: Options) -> Answer:
    """What Graph would answer. The caller holds the lock."""
    try:
        check_token(request)
        return _dispatch(request, store, options)
    except Refusal as refusal:
        return refusal.answer(request)


def _dispatch(request: Request, store: Store, options: Options) -> Answer:
    version, segments = _segments(request.path)
    suffix = segments.pop() if segments and segments[-1] in ("$count", "$ref") else ""
    route, ids = _find(segments)
    handler = _handler(request.method, route, suffix)
    resource = "/".join(part for part in route.split("/") if part != "{}")
    check_scope(request, resource, options)
    expand, skip = _query(request, route, options)
    if suffix:
        options = replace(options, page_size=sys.maxsize)
    answered = handler(Call(request, store, options, version, ids, resource, expand, skip))
    return _counted(answered) if suffix else answered


def _segments(path: str) -> tuple[str, list[str]]:
    """Version and segments below `security`; the key form `set('id')` is read as `set/id`."""
    parts = [unquote(part) for part in re.sub(r"\('([^/']*)'\)", r"/\1", path).split("/")[1:]]
    if len(parts) < 3 or parts[0] not in VERSIONS or parts[1] != "security":
        raise malformed(f"Resource not found for the segment '{parts[0]}'.")
    return parts[0], parts[2:]


def _find(segments: list[str]) -> tuple[str, tuple[str, ...]]:
    for route in ROUTES:
        parts = route.split("/")
        if len(parts) == len(segments) and all(p in ("{}", s) for p, s in zip(parts, segments, strict=True)):
            return route, tuple(s for p, s in zip(parts, segments, strict=True) if p == "{}")
    raise malformed(f"Resource not found for the segment '{segments[-1] if segments else ''}'.")


def _handler(method: str, route: str, suffix: str) -> Handler:
    """`$count` reads a collection; `$ref` is refused with every verb (contract T10)."""
    verbs = ROUTES[route]
    lists = not route.endswith("}") and "GET" in verbs and ("POST" in verbs)
    if method not in verbs or suffix == "$ref" or (suffix and not (method == "GET" and lists)):
        raise no_such_verb(method)
    return verbs[method]


def _query(request: Request, route: str, options: Options) -> tuple[frozenset[str], int]:
    """Contract section 3.8: `$expand` on reads of labels and events and our own `$skiptoken`, nothing else."""
    expand: frozenset[str] = frozenset()
    skip = 0
    for option, value in request.query:
        if option == "$expand" and request.method == "GET" and (known := EXPANDS.get(route.removesuffix("/{}"))):
            expand = _expanded(value, known, options)
        elif option == "$skiptoken":
            skip = _skipped(value)
        elif not options.ignores_query_options:
            raise malformed(f"Query option '{option}' is not supported.")
    return expand, skip


def _expanded(value: str, known: tuple[str, ...], options: Options) -> frozenset[str]:
    names = [name.strip() for name in value.split(",")]
    if len(names) > 1 and not options.joined_expand:
        raise malformed("Only one navigation property can be expanded at a time.")
    for name in names:
        if name not in known:
            raise malformed(f"Could not find a property named '{name}' to expand.")
    return frozenset(names)


def _skipped(value: str) -> int:
    try:
        return int(b64decode(value, validate=True))
    except ValueError as exc:
        raise malformed("The page token is not valid.") from exc


def _counted(answered: Answer) -> Answer:
    count = str(len(answered.body["value"])).encode()
    return Answer(200, headers={"Content-Type": "text/plain"}, raw=count)
