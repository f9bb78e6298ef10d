"""Behaviour, period, start and action, and how they go together: VR-09 to VR-17, VR-28 to VR-30."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from labels.facts import Facts
from labels.models import AfterPeriod, Behavior, RecordStarts, Trigger
from labels.words import chosen
from portal.mirror.kinds import Level, Plan, Proposal
from portal.mirror.rules import Says, rule

BEHAVIOR = "behaviorDuringRetentionPeriod"
DURATION = "retentionDuration"
TRIGGER = "retentionTrigger"
ACTION = "actionAfterRetentionPeriod"
EVENT_TYPE = "retentionEventType"
STARTS = "defaultRecordBehavior"


@rule("VR-09", Level.BLOCK, BEHAVIOR, DURATION, TRIGGER, ACTION)
def settings_together(change: Proposal, plan: Plan) -> Says:
    """VR-09. A label without retention is `doNotRetain` with action `none` in Graph (domain-rules.md 3.6)."""
    label = Facts(change.after)
    has_duration = label.duration is not None
    given = {BEHAVIOR: label.behavior, DURATION: has_duration, TRIGGER: label.trigger, ACTION: label.action}
    missing = [field for field, value in given.items() if not value]
    is_tag = label.behavior == Behavior.DO_NOT_RETAIN and label.action == AfterPeriod.NOTHING
    if missing and not (is_tag and len(missing) == 2):
        yield (
            missing[0],
            _(
                "Set behaviour, duration, trigger and action together. For a label without retention choose "
                "“Do not retain” and “Do nothing”, and leave duration and trigger empty."
            ),
        )


def unknown(change: Proposal, field: str, choices: type[TextChoices]) -> Says:
    """VR-09, of a setting that Graph has added since: it is shown, and never sent (contract 4.3)."""
    value = Facts(change.after).text(field)
    if value and value not in choices.values:
        yield (
            field,
            _("“%(value)s” is a setting Fileplan does not know. Choose one of those offered.") % {"value": value},
        )


@rule("VR-09", Level.BLOCK, BEHAVIOR)
def behavior_known(change: Proposal, plan: Plan) -> Says:
    return unknown(change, BEHAVIOR, Behavior)


@rule("VR-09", Level.BLOCK, TRIGGER)
def trigger_known(change: Proposal, plan: Plan) -> Says:
    return unknown(change, TRIGGER, Trigger)


@rule("VR-09", Level.BLOCK, ACTION)
def action_known(change: Proposal, plan: Plan) -> Says:
    return unknown(change, ACTION, AfterPeriod)


@rule("VR-09", Level.BLOCK, STARTS)
def starts_known(change: Proposal, plan: Plan) -> Says:
    return unknown(change, STARTS, RecordStarts)


@rule("VR-10", Level.BLOCK, DURATION)
def duration_in_range(change: Proposal, plan: Plan) -> Says:
    """VR-10."""
    label = Facts(change.after)
    if label.duration is not None and label.period is None:
        yield DURATION, _("Enter 1 to 36,525 days, or choose “For ever”.")


@rule("VR-11", Level.BLOCK, DURATION, ACTION)
def forever_ends_in_nothing(change: Proposal, plan: Plan) -> Says:
    """VR-11."""
    label = Facts(change.after)
    if label.is_forever and label.action not in ("", AfterPeriod.NOTHING):
        action = chosen(AfterPeriod, label.action)
        message = _("A period without end never reaches “%(action)s”. Choose “Do nothing”, or enter days.")
        yield ACTION, message % {"action": action}


@rule("VR-12", Level.BLOCK, DURATION, TRIGGER)
def event_has_days(change: Proposal, plan: Plan) -> Says:
    """VR-12."""
    label = Facts(change.after)
    if label.is_forever and label.starts_on_event:
        yield DURATION, _("Event-based retention needs a number of days. Enter 1 to 36,525 days.")


@rule("VR-13", Level.BLOCK, TRIGGER, EVENT_TYPE)
def event_type_given(change: Proposal, plan: Plan) -> Says:
    """VR-13."""
    label = Facts(change.after)
    if label.starts_on_event and not label.event_type:
        yield EVENT_TYPE, _("Choose the event type that starts the period.")


@rule("VR-14", Level.BLOCK, TRIGGER, EVENT_TYPE)
def event_type_needed(change: Proposal, plan: Plan) -> Says:
    """VR-14."""
    label = Facts(change.after)
    if label.event_type and not label.starts_on_event:
        yield EVENT_TYPE, _("Remove the event type, or set the start of the period to “An event”.")


@rule("VR-15", Level.BLOCK, EVENT_TYPE)
def event_type_exists(change: Proposal, plan: Plan) -> Says:
    """VR-15."""
    name = Facts(change.after).event_type
    if name and plan.find("retentionEventType", name) is None:
        message = _("The event type “%(name)s” does not exist yet. Add it to this change or choose another.")
        yield EVENT_TYPE, message % {"name": name}


@rule("VR-16", Level.BLOCK, TRIGGER, BEHAVIOR)
def event_retains(change: Proposal, plan: Plan) -> Says:
    """VR-16."""
    label = Facts(change.after)
    if label.starts_on_event and label.behavior == Behavior.DO_NOT_RETAIN:
        yield BEHAVIOR, _("Event-based labels must retain content. Choose a behaviour that retains.")


@rule("VR-17", Level.BLOCK, TRIGGER, ACTION)
def event_ends(change: Proposal, plan: Plan) -> Says:
    """VR-17. Relabelling is allowed (contract 7, last paragraph)."""
    label = Facts(change.after)
    if label.starts_on_event and label.action == AfterPeriod.NOTHING:
        yield (
            ACTION,
            _("Event-based labels must end in deletion, disposition review or relabelling. Choose one of them."),
        )


@rule("VR-28", Level.BLOCK, BEHAVIOR, ACTION)
def review_retains(change: Proposal, plan: Plan) -> Says:
    """VR-28."""
    label = Facts(change.after)
    if label.is_reviewed and label.behavior == Behavior.DO_NOT_RETAIN:
        yield BEHAVIOR, _("A review needs content that is retained. Choose a behaviour that retains.")


@rule("VR-29", Level.BLOCK, BEHAVIOR, STARTS)
def unlocked_is_record(change: Proposal, plan: Plan) -> Says:
    """VR-29; of regulatory records speaks VR-30."""
    label = Facts(change.after)
    if label.starts == RecordStarts.UNLOCKED and not label.is_record:
        yield STARTS, _("Start locked or unlocked applies to records only. Choose “Locked”, or retain as a record.")


@rule("VR-30", Level.BLOCK, BEHAVIOR, STARTS)
def regulatory_is_locked(change: Proposal, plan: Plan) -> Says:
    """VR-30."""
    label = Facts(change.after)
    if label.starts == RecordStarts.UNLOCKED and label.is_regulatory:
        yield STARTS, _("Regulatory records cannot be unlocked. Choose “Locked”.")


RULES = (
    settings_together,
    behavior_known,
    trigger_known,
    action_known,
    starts_known,
    duration_in_range,
    forever_ends_in_nothing,
    event_has_days,
    event_type_given,
    event_type_needed,
    event_type_exists,
    event_retains,
    event_ends,
    review_retains,
    unlocked_is_record,
    regulatory_is_locked,
)
