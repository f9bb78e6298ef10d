"""What is sent to Purview for a change, as an approver can read it: names stand where addresses will be."""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.changes.models import Carrier, Change
from portal.changes.threeway import changed_fields
from portal.mirror import kinds, veil
from portal.mirror.kinds import Action, Reference

METHODS = {Action.CREATE: "POST", Action.UPDATE: "PATCH", Action.DELETE: "DELETE"}


@dataclass(frozen=True)
class Outgoing:
    """One request to Graph. `body` is JSON, empty for a deletion."""

    method: str
    path: str
    body: str


def outgoing(part: Change, *, sees: bool = True) -> Outgoing | None:
    """The request that carries out a part of a change; None when Graph is sent nothing.

    For a reader who does not see what the tenant limits, words stand there.
    """
    method = METHODS.get(Action(part.action))
    if part.carried_by != Carrier.GRAPH or method is None:
        return None
    path = (
        part.of.path.format(parent=_named(Reference(part.of.parent, part.parent, ""))) if part.parent else part.of.path
    )
    if part.action != Action.CREATE:
        path = f"{path}/{part.target}"
    return Outgoing(method, path, _body(part, sees))


def _body(part: Change, sees: bool) -> str:
    if part.after is None:
        return ""
    fields = None if part.base is None else changed_fields(part.base, part.after)
    body = part.of.body(part.after, fields, _named)
    return json.dumps(body if sees else veil.hidden(part.of, body), indent=2, ensure_ascii=False)


def _named(reference: Reference) -> str:
    noun = kinds.of(reference.kind).noun
    return _("<address of the %(noun)s “%(name)s”>") % {"noun": noun, "name": reference.name}
