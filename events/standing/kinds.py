"""Standing approvals: what the portal needs to know of them. Graph knows nothing of them, so nothing is ever sent."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from events.models import StandingApproval
from events.standing import document, rules, words
from portal.mirror.kinds import Action, Advance, Bind, Document, Kind, Named, Raw, register


def body(wanted: Document, fields: Iterable[str] | None, bind: Bind) -> Raw:
    """Nothing: it is kept here."""
    return {}


def partial(raw: Raw, named: Named | None = None) -> Document:
    """Nothing, for the same reason."""
    return {}


STANDING_APPROVAL = Kind(
    name="standingApproval",
    noun=_("standing approval"),
    plural=_("standing approvals"),
    model=StandingApproval,
    path="",
    actions=frozenset({Action.CREATE, Action.DELETE}),
    document=document.document,
    body=body,
    partial=partial,
    references=document.references,
    columns=document.columns,
    lines=words.lines,
    check=rules.check,
    blank=document.blank,
    approvers=2,
    advance=Advance(
        covers=document.covers,
        source=document.source,
        last_day=document.last_day,
        most=document.most_per_day,
    ),
)

register(STANDING_APPROVAL)
