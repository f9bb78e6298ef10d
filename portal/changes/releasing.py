"""What happens with an approved request: everything in it becomes due, each part for whoever carries it."""

from portal.changes import keeping, waiting
from portal.changes.drift import adopting
from portal.changes.models import Carrier, ChangeRequest, Push
from portal.mirror.kinds import Action
from portal.tenants.models import Person


def release(change_request: ChangeRequest, *, by: Person) -> None:
    """Make what was approved due: for the workers, or for a person who carries it out by hand.

    What is adopted is agreed on at once: the tenant holds it already; so is what Fileplan alone keeps. What happens
    once waits for its day.
    """
    due = {Carrier.GRAPH: Push.READY, Carrier.PERSON: Push.PERSON, Carrier.NOBODY: Push.DONE}
    for carrier, push in due.items():
        carried = change_request.changes.filter(carried_by=carrier).exclude(action=Action.ADOPT)
        carried.update(push=push, not_before=None)
    waiting.begin(change_request)
    for change in change_request.changes.filter(carried_by=Carrier.NOBODY).order_by("position"):
        carry_out = adopting.carry_out if change.action == Action.ADOPT else keeping.carry_out
        carry_out(change, by=by)
