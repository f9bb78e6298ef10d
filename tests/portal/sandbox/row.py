"""One row of the contract as a table: a request, what it meets, and what comes of it."""

from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.options import Options

SECURITY = "/v1.0/security"
LABELS = f"{SECURITY}/labels/retentionLabels"
TYPES = f"{SECURITY}/triggerTypes/retentionEventTypes"
CITATIONS = f"{SECURITY}/labels/citations"
TYPE_URL = "<root>/v1.0/security/triggerTypes/retentionEventTypes"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
BAD, RULE = "BadRequest", "invalidRequest"


@dataclass
class Row:
    name: str
    method: str = "GET"
    path: str = LABELS
    body: Any = None
    status: int | None = 200
    """None: the connection ends without an answer that can be read."""
    code: str = ""
    """Of the error, or of its inner error."""
    token: str = "sandbox"
    headers: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    options: Options = field(default_factory=Options)
    shows: Any = None
    """Given how to ask, and the response: does it hold?"""


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


def behaves(name, effect, method="GET", path=LABELS, body=None, status=200, shows=None, also=None, **rule):
    """A row with one fault rule; parameters whose names are taken here come as `also`."""
    rules = [{"effect": effect, **rule, **(also or {})}]
    return Row(f"on demand: {name}", method, path, body, status, faults=rules, shows=shows)


def entity(answer):
    return answer.json()


def first(answer):
    return answer.json()["value"][0]
