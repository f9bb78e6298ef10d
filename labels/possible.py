"""Which options of the form the other choices rule out, and why (domain-rules.md 2.4, 2.5)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labels.facts import Facts
from labels.models import AfterPeriod, Behavior, Trigger
from portal.mirror.kinds import Document

Reasons = dict[str, str | Promise]

ON_EVENT = _("Not possible for a label that starts on an event.")
NEEDS_RETAINING = _("Needs a behaviour that retains.")
NO_END = _("A period for ever never gets there.")


def impossible(document: Document) -> dict[str, Reasons]:
    """Per field of radio buttons, the options that cannot be chosen, each with its reason.

    What is chosen already is never among them: it could not be sent again, and the rules say what is wrong with it.
    """
    facts = Facts(document)
    found = {
        "behaviorDuringRetentionPeriod": _behaviors(facts),
        "retentionTrigger": _triggers(facts),
        "actionAfterRetentionPeriod": _actions(facts),
    }
    return {
        field: {option: why for option, why in options.items() if option != document[field]}
        for field, options in found.items()
    }


def _behaviors(facts: Facts) -> Reasons:
    found: Reasons = {}
    if facts.is_reviewed:
        found[Behavior.DO_NOT_RETAIN] = _("A review needs content that is retained.")
    if facts.starts_on_event:
        found[Behavior.DO_NOT_RETAIN] = ON_EVENT
    if facts.relabels:
        found[Behavior.REGULATORY] = _("A regulatory record cannot be replaced by another label.")
    return found


def _triggers(facts: Facts) -> Reasons:
    found: Reasons = {}
    if facts.action == AfterPeriod.NOTHING:
        found[Trigger.EVENT] = _("Needs something that happens after the period.")
    if facts.is_forever:
        found[Trigger.EVENT] = _("Needs a number of days.")
    if facts.behavior == Behavior.DO_NOT_RETAIN:
        found[Trigger.EVENT] = NEEDS_RETAINING
    return found


def _actions(facts: Facts) -> Reasons:
    found: Reasons = {}
    if facts.starts_on_event:
        found[AfterPeriod.NOTHING] = ON_EVENT
    if facts.is_regulatory:
        found[AfterPeriod.RELABEL] = _("A regulatory record cannot be replaced by another label.")
    if facts.behavior == Behavior.DO_NOT_RETAIN:
        found[AfterPeriod.REVIEW] = NEEDS_RETAINING
    if facts.is_forever:
        found |= dict.fromkeys((AfterPeriod.DELETE, AfterPeriod.REVIEW, AfterPeriod.RELABEL), NO_END)
    return found
