"""How far a request has come, computed from its changes and never stored (design.md)."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.changes.models import CANNOT_REPEAT, UNFINISHED, Carrier, Change, ChangeRequest, Push, State, Why

OPEN_MARK = ("change", "draft")


class Standing(NamedTuple):
    """Where a request or a part of it stands: `kind` and `value` choose the shape (web/states.py), `word` says it."""

    kind: str
    value: str
    word: str


class Counts(NamedTuple):
    """How many changes there are, and what has become of them."""

    total: int
    confirmed: int
    stopped: int
    by_hand: int
    given_up: int
    waiting: int
    moving: int


@dataclass(frozen=True)
class Progress:
    """The changes of an approved request on their way."""

    changes: tuple[Change, ...]

    @cached_property
    def counts(self) -> Counts:
        pushes = [change.push for change in self.changes]
        return Counts(
            total=len(pushes),
            confirmed=pushes.count(Push.DONE),
            stopped=pushes.count(Push.STOPPED),
            by_hand=pushes.count(Push.PERSON),
            given_up=pushes.count(Push.CANCELLED),
            waiting=sum(change.is_waiting for change in self.changes),
            moving=sum(change.push in UNFINISHED and not change.is_waiting for change in self.changes),
        )

    @property
    def is_moving(self) -> bool:
        """Whether workers still have something to do; a page that shows it asks again."""
        return self.counts.moving > 0

    @property
    def standing(self) -> Standing:
        counts = self.counts
        if counts.stopped:
            return Standing("change", "failed", _("Failed in part") if counts.confirmed else _("Stopped"))
        if counts.moving:
            return Standing("change", "applying", _("Being sent"))
        if counts.waiting:
            return Standing("push", "ready", _("Waiting for its day"))
        if counts.by_hand:
            return Standing("push", "person", _("Waits for a step by hand"))
        if counts.given_up and not counts.confirmed:
            return Standing("change", "withdrawn", _("Given up"))
        return Standing("change", "applied", _("Applied in part") if counts.given_up else _("Applied"))

    @property
    def sentences(self) -> list[str]:
        """What is the case, in whole sentences."""
        counts = self.counts
        said = [_("%(done)d of %(total)d confirmed.") % {"done": counts.confirmed, "total": counts.total}]
        if counts.stopped:
            said.append(
                ngettext("%(n)d needs a person.", "%(n)d need a person.", counts.stopped) % {"n": counts.stopped}
            )
        if counts.waiting:
            waits = ngettext("%(n)d waits for its day.", "%(n)d wait for their day.", counts.waiting)
            said.append(waits % {"n": counts.waiting})
        if counts.by_hand:
            said.append(
                ngettext("%(n)d is done by hand in Purview.", "%(n)d are done by hand in Purview.", counts.by_hand)
                % {"n": counts.by_hand}
            )
        if counts.given_up:
            said.append(
                ngettext("%(n)d was given up.", "%(n)d were given up.", counts.given_up) % {"n": counts.given_up}
            )
        return said

    @property
    def can_retry(self) -> bool:
        """Whether something stopped that may be tried again as it was approved."""
        return any(change.push == Push.STOPPED and change.why not in CANNOT_REPEAT for change in self.changes)

    @property
    def stands(self) -> str:
        """What a stop leaves untouched; empty when nothing else was done."""
        done = self.counts.confirmed
        if not done:
            return _("Nothing else was changed.")
        return ngettext("The change that is confirmed stands.", "The %(n)d changes that are confirmed stand.", done) % {
            "n": done
        }


def standing_of(change_request: ChangeRequest, *, was_returned: bool = False) -> Standing:
    """Where a request stands. `was_returned`: an approver gave the draft back."""
    if change_request.state == State.APPROVED:
        return Progress(tuple(change_request.changes.all())).standing
    if change_request.state == State.DRAFT and was_returned:
        return Standing("change", "returned", _("Returned"))
    return Standing("change", change_request.state, change_request.get_state_display())


def marks(change: Change) -> list[Standing]:
    """The stations of one change on its way: sent, read back, confirmed; or the one word that stands for all."""
    if change.push == Push.PERSON:
        return [Standing("push", "person", _("By hand"))]
    if change.push == Push.CANCELLED:
        return [Standing("push", "cancelled", _("Given up"))]
    if change.carried_by == Carrier.NOBODY:
        return [_agreed(change)]
    if change.carried_by == Carrier.PERSON:
        return [Standing("push", "done", _("Seen in Purview"))]
    reached = _reached(change)
    words = [_("Sent"), _("Read back"), _("Confirmed")][len(reached) :]
    return reached + [Standing(*OPEN_MARK, word) for word in words]


def _agreed(change: Change) -> Standing:
    """The one station of what is not sent."""
    if change.push == Push.STOPPED:
        return Standing("push", change.why, change.get_why_display())
    return Standing("push", "done", _("Agreed")) if change.push == Push.DONE else Standing(*OPEN_MARK, _("Agreed"))


def _reached(change: Change) -> list[Standing]:
    sent = Standing("push", "done", _("Sent"))
    if change.push == Push.DONE:
        return [sent, Standing("push", "done", _("Read back")), Standing("push", "done", _("Confirmed"))]
    if change.push == Push.SENT:
        return [sent]
    if change.push == Push.STOPPED:
        stopped = Standing("push", change.why, change.get_why_display())
        return [sent, stopped] if change.why == Why.DRIFTED and change.sent_at else [stopped]
    return [Standing("push", change.push, change.get_push_display())]
