"""What cannot be undone, and what is fixed once a label exists: VR-38 to VR-48."""

from django.utils.translation import gettext as _

from labels.facts import Facts
from labels.models import Behavior, Trigger
from labels.words import FIELDS, number
from portal.mirror import names
from portal.mirror.kinds import Level, Plan, Proposal, folded
from portal.mirror.rules import CREATE, DELETE, UPDATE, Says, rule

NAME = "displayName"
DURATION = "retentionDuration"
FIXED = ("behaviorDuringRetentionPeriod", "retentionTrigger", "retentionEventType", "actionAfterRetentionPeriod")


@rule("VR-38", Level.CONFIRM, on=CREATE, two_approvers=True)
def regulatory_for_ever(change: Proposal, plan: Plan) -> Says:
    """VR-38."""
    if Facts(change.after).is_regulatory:
        yield (
            "behaviorDuringRetentionPeriod",
            _(
                "This cannot be undone: the label cannot be deleted, the period can only grow, nobody can remove it "
                "from an item, and it cannot be auto-applied. The option must be switched on in the tenant first."
            ),
        )


@rule("VR-39", Level.BLOCK, on=UPDATE)
def regulatory_grows(change: Proposal, plan: Plan) -> Says:
    """VR-39."""
    before = Facts(change.base)
    if not (before.is_regulatory and _is_shorter(change)):
        return
    if before.is_forever:
        yield DURATION, _("The period of a regulatory record can only be extended (currently for ever).")
    elif before.days is None:
        yield (
            DURATION,
            _(
                "The period of a regulatory record can only be extended, and Fileplan does not know what it is now. "
                "Leave it as it is."
            ),
        )
    else:
        message = _("The period of a regulatory record can only be extended (currently %(n)s days).")
        yield DURATION, message % {"n": number(before.days)}


@rule("VR-40", Level.BLOCK, on=UPDATE)
def labelled_is_fixed(change: Proposal, plan: Plan) -> Says:
    """VR-40."""
    if Facts(change.base).trigger == Trigger.LABELED and change.touches(DURATION):
        yield DURATION, _("Durations of labels that start when labelled are fixed. Create a replacement label.")


@rule("VR-41", Level.BLOCK, on=UPDATE)
def settings_fixed(change: Proposal, plan: Plan) -> Says:
    """VR-41."""
    for field in FIXED:
        if change.touches(field):
            message = _("“%(field)s” is fixed once a label exists. Create a replacement label with the new setting.")
            yield field, message % {"field": FIELDS[field]}


@rule("VR-42", Level.CONFIRM, on=UPDATE, two_approvers=True)
def duration_reduced(change: Proposal, plan: Plan) -> Says:
    """VR-42."""
    if _is_shorter(change):
        message = _("Items already labelled get the shorter period and may be due for deletion within days.")
        yield DURATION, message


@rule("VR-43", Level.CONFIRM, on=CREATE, two_approvers=True)
def event_based_for_ever(change: Proposal, plan: Plan) -> Says:
    """VR-43."""
    if Facts(change.after).starts_on_event:
        yield "retentionTrigger", _("Event-based labels can never be deleted from the tenant.")


@rule("VR-44", Level.CONFIRM, on=CREATE)
def labelled_for_ever(change: Proposal, plan: Plan) -> Says:
    """VR-44."""
    if Facts(change.after).trigger == Trigger.LABELED:
        yield "retentionTrigger", _("The duration can never be changed afterwards.")


@rule("VR-45", Level.BLOCK, on=DELETE)
def deletable(change: Proposal, plan: Plan) -> Says:
    """VR-45."""
    label = Facts(change.base)
    if label.starts_on_event or label.is_regulatory:
        yield NAME, _("Purview does not allow deleting this kind of label. Unpublish it and mark it retired.")


@rule("VR-46", Level.BLOCK, on=DELETE)
def followed_by_nobody(change: Proposal, plan: Plan) -> Says:
    """VR-46."""
    name = names.name_of(change)
    for known in plan.users("retentionLabel", name):
        if folded(known.name) != folded(name):
            message = _("“%(other)s” relabels to this label. Change “%(other)s” first.")
            yield NAME, message % {"other": known.name}


@rule("VR-47", Level.CONFIRM, on=DELETE, two_approvers=True)
def stripped_from_items(change: Proposal, plan: Plan) -> Says:
    """VR-47, also where Graph does not say whether it is in use; a record label in use is VR-48's."""
    if change.in_use is not False and not Facts(change.base).is_record:
        yield NAME, _("Deleting removes the label from all items that carry it; they lose their retention.")


@rule("VR-48", Level.BLOCK, on=DELETE)
def record_in_use(change: Proposal, plan: Plan) -> Says:
    """VR-48."""
    if change.in_use and Facts(change.base).behavior == Behavior.RECORD:
        yield NAME, _("Items still carry this record label. Remove it there first.")


def _is_shorter(change: Proposal) -> bool:
    """Whether a period becomes a number of days that is, or may be, shorter.

    For ever is longer than any, and one that Fileplan does not know may have been.
    """
    before, after = Facts(change.base), Facts(change.after)
    if after.days is None or before.duration is None:
        return False
    return before.days is None or after.days < before.days


RULES = (
    regulatory_for_ever,
    regulatory_grows,
    labelled_is_fixed,
    settings_fixed,
    duration_reduced,
    event_based_for_ever,
    labelled_for_ever,
    deletable,
    followed_by_nobody,
    stripped_from_items,
    record_in_use,
)
