"""What was said and done about a request, oldest first, as its history tells it."""

import json
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.audit.models import Entry
from portal.audit.trail import chain_name
from portal.changes.models import ChangeRequest

TOLD: dict[str, tuple[str, Promise]] = {
    "request.submitted": ("in_review", _("submitted version %(version)s")),
    "request.edited_in_review": ("draft", _("edited it in review, which made version %(version)s")),
    "request.approved": ("approved", _("approved version %(version)s")),
    "request.released": ("approved", _("approved version %(version)s; no approval is missing any more")),
    "request.released_under": ("approved", _("released it under standing approval #%(standing)s")),
    "request.returned": ("returned", _("returned version %(version)s")),
    "request.rejected": ("rejected", _("rejected version %(version)s")),
    "request.withdrawn": ("withdrawn", _("withdrew it")),
    "change.retried": ("applying", _("tried again what had stopped")),
    "change.cancelled": ("withdrawn", _("gave up what had stopped, and drafted it anew")),
}


class Said(NamedTuple):
    """One entry of the thread. `comment` is in the person's own words; `shape` a state of a change."""

    shape: str
    who: str
    what: str
    comment: str
    at: datetime
    proof: dict[str, str]
    """Of a signature: the method with which they proved that it is them, and when."""

    @property
    def proved_at(self) -> datetime | None:
        return datetime.fromisoformat(self.proof["at"]) if self.proof else None

    @property
    def method(self) -> str:
        return self.proof.get("method", "")


def thread(change_request: ChangeRequest) -> list[Said]:
    """Submissions, decisions and what became of them; a reason already shown on the request is not repeated."""
    entries = Entry.objects.filter(
        chain__name=chain_name(change_request.tenant_id),
        object_kind="request",
        object_key=str(change_request.number),
        verb__in=TOLD,
    )
    return [_said(entry) for entry in entries.order_by("seq")]


def _said(entry: Entry) -> Said:
    body = json.loads(entry.body)
    shape, text = TOLD[entry.verb]
    comment = "" if entry.verb == "request.submitted" else body["reason"]
    facts = {name: body["facts"].get(name, "") for name in ("version", "standing")}
    return Said(shape, entry.actor_name, str(text) % facts, comment, entry.at, body["facts"].get("proof", {}))
