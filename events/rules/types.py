"""Rules for event types."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.mirror import names
from portal.mirror.kinds import Finding, Known, Level, Plan, Proposal
from portal.mirror.rules import DELETE, UPDATE, Says, rule, run


def labels_on(event_type: str, plan: Plan) -> list[Known]:
    """The labels whose period starts on events of a type."""
    return [known for known in plan.users("retentionEventType", event_type) if known.kind == "retentionLabel"]


@rule("VR-68", Level.BLOCK, on=DELETE)
def unused(change: Proposal, plan: Plan) -> Says:
    """VR-68."""
    labels = len(labels_on(names.name_of(change), plan))
    if labels:
        message = ngettext(
            "%(n)s label starts on this type. Delete that label first, or keep the event type.",
            "%(n)s labels start on this type. Delete those labels first, or keep the event type.",
            labels,
        )
        yield "displayName", message % {"n": labels}


@rule("VR-69", Level.BLOCK, on=UPDATE)
def name_kept(change: Proposal, plan: Plan) -> Says:
    """VR-69."""
    if change.touches("displayName"):
        yield (
            "displayName",
            _("Event type names are fixed; only the description can be changed. Add a new event type instead."),
        )


RULES = (names.given, names.short, names.free, names.trimmed, names.storable, unused, name_kept)


def check_event_type(change: Proposal, plan: Plan) -> list[Finding]:
    """What the rules have to say about a change to an event type."""
    return run(RULES, change, plan)
