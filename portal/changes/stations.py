"""The five stations of a request, from its draft to what Purview confirmed."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.changes.models import Carrier, ChangeRequest, State
from portal.changes.progress import Progress
from portal.changes.queries import Summary


class Step(NamedTuple):
    """One of the five stations of a request; `state` is done, now, stopped or open."""

    name: str
    state: str
    note: str
    at: datetime | None = None


def stations(summary: Summary, progress: Progress) -> list[Step]:
    """Each station with how far the request has come there."""
    of = _Stations(summary, progress)
    return [of.drafted(), of.reviewed(), of.approved(), of.sent(), of.confirmed()]


@dataclass(frozen=True)
class _Stations:
    summary: Summary
    progress: Progress

    @property
    def request(self) -> ChangeRequest:
        return self.summary.request

    def drafted(self) -> Step:
        state = "now" if self.request.state == State.DRAFT else "done"
        return Step(_("Drafted"), state, self.request.author.name, self.request.created_at)

    def reviewed(self) -> Step:
        name = _("In review")
        if self.request.state == State.DRAFT:
            returned = self.summary.returned
            return Step(name, "open", _("Returned by %(person)s") % {"person": returned.by} if returned else "")
        if self.request.state in (State.REJECTED, State.WITHDRAWN):
            return Step(name, "stopped", self.request.get_state_display(), self.request.closed_at)
        if self.request.state == State.IN_REVIEW:
            return Step(name, "now", self._count())
        return Step(name, "done", _("Version %(version)d") % {"version": self.request.version})

    def _count(self) -> str:
        if self.request.under is not None:
            return _("Under standing approval #%(number)d") % {"number": self.request.under.number}
        wanted = self.request.approvals_wanted
        text = ngettext("%(given)d of %(wanted)d approval", "%(given)d of %(wanted)d approvals", wanted)
        return text % {"given": len(self.summary.approvals), "wanted": wanted}

    def approved(self) -> Step:
        if self.request.state == State.APPROVED:
            return Step(_("Approved"), "done", self._count(), self.request.closed_at)
        return Step(_("Approved"), "open", "")

    def sent(self) -> Step:
        name, counts = _("Sent to Purview"), self.progress.counts
        if self.request.state != State.APPROVED:
            return Step(name, "open", "")
        if counts.stopped:
            numbers = {"stopped": counts.stopped, "total": counts.total}
            return Step(name, "stopped", _("%(stopped)d of %(total)d stopped") % numbers)
        if counts.moving:
            return Step(name, "now", _("Being sent"))
        nothing = all(part.carried_by != Carrier.GRAPH for part in self.progress.changes)
        return Step(name, "done", _("Nothing to send") if nothing else "")

    def confirmed(self) -> Step:
        name, counts = _("Confirmed"), self.progress.counts
        if self.request.state != State.APPROVED:
            return Step(name, "open", "")
        note = _("%(done)d of %(total)d") % {"done": counts.confirmed, "total": counts.total}
        return Step(name, "done" if counts.confirmed == counts.total else "open", note)
