"""One step of one change: send what is ready, look up what is unsure, read back what is sent (reliability.md 3)."""

from django.utils.translation import gettext as _

from portal.changes.models import Push, Why
from portal.changes.push import order, restoring
from portal.changes.push.moves import stop
from portal.changes.push.steps.looking import look_at_delete, look_at_update, look_by_name
from portal.changes.push.steps.reading_back import read_back
from portal.changes.push.steps.step import Step
from portal.changes.push.steps.writing import create, delete, update
from portal.mirror.kinds import Action

__all__ = ["Step", "take"]


def take(step: Step) -> None:
    """Do what is next for a change. Raises GraphError when a read failed, Lost, Missing or Unapproved."""
    lost = order.lost_needs(step.change)
    if lost and step.change.push == Push.READY:
        told = _("It needs “%(name)s”, which did not happen.")
        if step.change.is_follow_up:
            told = _("It was not sent: “%(name)s”, which it repeats, did not come about as it was approved.")
        message = told % {"name": lost[0].name}
        stop(step.change, step.lease, Why.HELD, message, source=Push.READY)
        return
    if step.change.push == Push.READY and restoring.needs_a_look(step.change):
        restoring.doubt(step.change, step.lease)
        return
    actions = {Action.CREATE: create, Action.UPDATE: update, Action.DELETE: delete}
    looks = {Action.CREATE: look_by_name, Action.UPDATE: look_at_update, Action.DELETE: look_at_delete}
    if step.change.push == Push.READY:
        actions[Action(step.change.action)](step)
    elif step.change.push == Push.UNSURE:
        looks[Action(step.change.action)](step)
    else:
        read_back(step)
