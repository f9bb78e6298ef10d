"""One request as one person reads it: its objects, where it stands, what was said, and what this person may do now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.changes import actions, approvals, drafting
from portal.changes.difference import Difference, Row, difference
from portal.changes.drift.adopting import holds
from portal.changes.impact import LABEL, Impact, impact
from portal.changes.meanwhile import Met, meanwhile
from portal.changes.models import Carrier, Change, ChangeRequest, Decision, Hand, Part, State
from portal.changes.objects import ChangedObject, Key, objects_of
from portal.changes.outgoing import Outgoing, outgoing
from portal.changes.progress import Progress, Standing, marks
from portal.changes.queries import Summary
from portal.changes.thread import Said, thread
from portal.changes.threeway import changed_fields
from portal.mirror import kinds, veil
from portal.mirror.kinds import Action, Level
from portal.mirror.models import Mirrored, RunState, SyncRun
from portal.mirror.sync import freshness
from portal.tenants.models import Connection, Health, Person, Role


class Noted(NamedTuple):
    """A finding and who confirmed it, if anybody."""

    finding: dict[str, Any]
    confirmed: dict[str, Any] | None

    @property
    def wants_confirmation(self) -> bool:
        return self.confirmed is None and self.finding["level"] == Level.CONFIRM

    @property
    def confirmed_at(self) -> datetime | None:
        return datetime.fromisoformat(self.confirmed["at"]) if self.confirmed else None


@dataclass(frozen=True)
class ObjectSheet:
    """One changed object with everything an approver reads of it. `row` is what the mirror holds of it, if anything.

    `sees`: whether the reader sees what the tenant limits.
    """

    changed: ChangedObject
    row: Mirrored | None
    sees: bool = True

    @property
    def position(self) -> int:
        """The object's place in the request; it names the object in addresses."""
        return self.changed.first.position

    @property
    def is_label(self) -> bool:
        return self.changed.kind.name == LABEL

    @property
    def is_event(self) -> bool:
        """Whether it records what happens once, which has pages of its own."""
        return self.changed.kind.once

    @property
    def in_use(self) -> bool:
        return bool(self.row and self.row.raw.get("isInUse"))

    @property
    def is_outdated(self) -> bool:
        """Whether the tenant holds something else than what the change was drafted on."""
        if self.is_adoption:
            return not holds(self.changed.base, self.changed.after, self.row)
        if self.changed.base is None:
            return False
        return self.row is None or self.row.document != self.changed.base

    @cached_property
    def meanwhile(self) -> tuple[Met, ...]:
        """What the tenant changed in it since, setting by setting."""
        return meanwhile(self.changed, self.row, sees=self.sees)

    @property
    def is_refused(self) -> bool:
        """Whether what changed since keeps it from being approved (VR-75)."""
        if not self.is_outdated:
            return False
        return (
            self.changed.action != Action.UPDATE
            or self.row is None
            or any(one.verdict == "conflict" for one in self.meanwhile)
        )

    @property
    def is_undecided(self) -> bool:
        """Whether something of it was made or changed outside that this change leaves as it is."""
        return self.is_made_outside or bool(self.drifted)

    @property
    def is_made_outside(self) -> bool:
        """Whether nobody ever agreed on the object that it changes."""
        return self._drifted_row is not None and self._drifted_row.agreed is None

    @property
    def drifted(self) -> list[Row]:
        """The settings changed outside that nobody decided on, and that this change leaves as they are."""
        row, after = self._drifted_row, self.changed.after or {}
        if row is None or row.agreed is None:
            return []
        left = {name for name in changed_fields(row.agreed, row.document) if after.get(name) == row.document.get(name)}
        rows = difference(self.changed.kind, row.agreed, row.document, sees=self.sees).changed
        return [one for one in rows if one.path.partition(".")[0] in left]

    @property
    def _drifted_row(self) -> Mirrored | None:
        """What an update meets; an adoption and a deletion decide on the whole object."""
        updates = self.changed.action == Action.UPDATE
        return self.row if updates and self.row is not None and self.row.is_drifted else None

    @property
    def is_adoption(self) -> bool:
        return self.changed.action == Action.ADOPT

    @cached_property
    def difference(self) -> Difference:
        return difference(self.changed.kind, self.changed.base, self.changed.after, sees=self.sees)

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        return [sent for part in self.changed.parts if (sent := outgoing(part, sees=self.sees))]

    @cached_property
    def notes(self) -> list[Noted]:
        confirmed = {one["rule"]: one for one in self.changed.acknowledgements}
        return [
            Noted(found, confirmed.get(found["rule"]) if found["level"] == Level.CONFIRM else None)
            for found in self.changed.findings
        ]

    @property
    def settled(self) -> list[Noted]:
        """Findings nobody needs to confirm any more."""
        return [note for note in self.notes if not note.wants_confirmation]

    @property
    def open(self) -> list[Noted]:
        """Findings that still want somebody's confirmation."""
        return [note for note in self.notes if note.wants_confirmation]

    @property
    def grave(self) -> list[dict[str, Any]]:
        """What of it cannot be undone."""
        return [found for found in self.changed.findings if found["two_approvers"]]

    @property
    def by_hand(self) -> list[str]:
        """What a person does in Purview for it, sentence by sentence."""
        return [step for part in self.changed.by_hand for step in manual_steps(part)]

    @property
    def is_kept(self) -> bool:
        """Whether Fileplan alone keeps it, and so nothing of it is sent."""
        return self.changed.kind.is_kept

    @property
    def is_creation(self) -> bool:
        return self.changed.base is None

    @property
    def is_deletion(self) -> bool:
        return self.changed.after is None


def manual_steps(part: Change) -> list[str]:
    """A part that Graph cannot take, as what to do in Purview, one sentence for each setting."""
    texts = {
        True: _("Open the %(noun)s “%(name)s” in Purview and set %(setting)s to “%(value)s”."),
        False: _("Open the %(noun)s “%(name)s” in Purview and clear %(setting)s, which is “%(value)s” now."),
    }
    return [
        texts[bool(row.after)]
        % {"noun": part.of.noun, "name": part.name, "setting": row.label, "value": row.after or row.before}
        for row in difference(part.of, part.base, part.after).changed
    ]


class Step(NamedTuple):
    """One of the five stations of a request; `state` is done, now, stopped or open."""

    name: str
    state: str
    note: str
    at: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """A request for one reader with `roles`. Everything is read when it is first asked for."""

    request: ChangeRequest
    reader: Person
    roles: frozenset[Role]

    @cached_property
    def summary(self) -> Summary:
        return Summary(self.request)

    @cached_property
    def changes(self) -> list[Change]:
        return list(with_confirmation(self.request.changes.all()))

    @cached_property
    def progress(self) -> Progress:
        return Progress(tuple(self.changes))

    @cached_property
    def lines(self) -> list[tuple[Change, list[Standing]]]:
        """Each change on its way, with its stations."""
        return [(change, marks(change)) for change in self.changes]

    @cached_property
    def objects(self) -> list[ObjectSheet]:
        objects = objects_of(self.changes)
        rows = rows_of(self.request, objects)
        sees = veil.sees(self.request.tenant, self.roles)
        return [ObjectSheet(changed, rows.get((changed.kind.name, _target(changed))), sees) for changed in objects]

    @property
    def settings(self) -> int:
        """How many settings differ, over all objects."""
        return sum(len(sheet.difference.changed) for sheet in self.objects)

    @property
    def grave(self) -> list[dict[str, Any]]:
        """Every point that cannot be undone."""
        return [found for sheet in self.objects for found in sheet.grave]

    @cached_property
    def impact(self) -> Impact:
        in_use: set[Key] = {sheet.changed.key for sheet in self.objects if sheet.in_use}
        return impact(self.request.tenant, [sheet.changed for sheet in self.objects], in_use)

    @property
    def by_hand(self) -> list[tuple[ObjectSheet, list[str]]]:
        return [(sheet, sheet.by_hand) for sheet in self.objects if sheet.by_hand]

    @property
    def is_kept(self) -> bool:
        """Whether Fileplan alone keeps all of it."""
        return bool(self.objects) and all(sheet.is_kept for sheet in self.objects)

    @cached_property
    def uncovered(self) -> str:
        """Why what waits is not sent, although it was released under a standing approval; empty if it is."""
        if self.request.under is None or not (self.progress.counts.waiting or self.progress.is_moving):
            return ""
        return approvals.why_uncovered(self.request)

    @property
    def sends(self) -> bool:
        """Whether anything of it goes to Purview, by a worker or by hand."""
        return any(part.carried_by != Carrier.NOBODY for part in self.changes)

    @property
    def outdated(self) -> list[ObjectSheet]:
        return [sheet for sheet in self.objects if sheet.is_outdated]

    @cached_property
    def mirror(self) -> SyncRun | None:
        return freshness(self.request.tenant)

    @cached_property
    def thread(self) -> list[Said]:
        return thread(self.request)

    @cached_property
    def held(self) -> Connection | None:
        """The tenant's connection while it is on hold, or a person holds all pushes."""
        held = Connection.objects.filter(Q(health=Health.HELD) | Q(paused_at__isnull=False), tenant=self.request.tenant)
        return held.select_related("paused_by").first()

    @cached_property
    def hands(self) -> list[Hand]:
        return list(self.request.hands.all())

    @property
    def writers(self) -> list[Person]:
        return [hand.person for hand in self.hands if hand.part == Part.WROTE]

    @property
    def wrote(self) -> bool:
        return self.reader in self.writers

    @cached_property
    def may_approve(self) -> list[Person]:
        """Everybody who could approve it at all."""
        return actions.who_may_approve(self.request)

    @property
    def still_open_to(self) -> list[Person]:
        """Who could give an approval that is still missing."""
        given = {decision.by_id for decision in self.summary.approvals}
        return [person for person in self.may_approve if person.pk not in given]

    @property
    def own_decision(self) -> Decision | None:
        """What the reader has decided on exactly this content."""
        return next((one for one in self.summary.approvals if one.by_id == self.reader.pk), None)

    @property
    def why_not(self) -> str:
        """Why the reader may not decide; empty when they may."""
        if self.wrote:
            return _("You wrote part of this change, so someone else must decide on it.")
        if Role.APPROVER not in self.roles:
            return _("Only approvers decide on changes. You can read everything here.")
        if self.own_decision:
            return _("You have approved this version.")
        return ""

    @cached_property
    def obstacles(self) -> list[str]:
        return drafting.obstacles(self.request)

    @property
    def never(self) -> str:
        """Why a draft could never reach its approvals, whoever reads it; empty when it could."""
        wanted, possible = self.request.approvals_wanted, len(self.may_approve)
        return actions.too_few(wanted, possible) if possible < wanted else ""

    @property
    def is_draft(self) -> bool:
        return self.request.state == State.DRAFT

    @property
    def is_in_review(self) -> bool:
        return self.request.state == State.IN_REVIEW

    @property
    def is_approved(self) -> bool:
        return self.request.state == State.APPROVED

    @property
    def is_over(self) -> bool:
        return self.request.state in (State.REJECTED, State.WITHDRAWN)

    @property
    def may_write(self) -> bool:
        return self.is_draft and Role.AUTHOR in self.roles

    @property
    def may_edit_in_review(self) -> bool:
        return (
            self.is_in_review
            and Role.APPROVER in self.roles
            and any(sheet.is_label and not sheet.is_adoption for sheet in self.objects)
        )

    @property
    def may_withdraw(self) -> bool:
        return self.wrote and (self.is_draft or self.is_in_review)

    @property
    def may_act(self) -> bool:
        """Whether the reader may do anything about what was approved: auditors only read."""
        return not self.roles.isdisjoint({Role.AUTHOR, Role.APPROVER, Role.ADMINISTRATOR})

    @property
    def may_retry(self) -> bool:
        return self.progress.can_retry and self.may_act

    @property
    def may_redraft(self) -> bool:
        return self.progress.counts.stopped > 0 and Role.AUTHOR in self.roles

    @property
    def steps(self) -> list[Step]:
        return [self._drafted(), self._reviewed(), self._approved(), self._sent(), self._confirmed()]

    def _drafted(self) -> Step:
        state = "now" if self.is_draft else "done"
        return Step(_("Drafted"), state, self.request.author.name, self.request.created_at)

    def _reviewed(self) -> Step:
        name = _("In review")
        if self.is_draft:
            returned = self.summary.returned
            return Step(name, "open", _("Returned by %(person)s") % {"person": returned.by} if returned else "")
        if self.is_over:
            return Step(name, "stopped", self.request.get_state_display(), self.request.closed_at)
        if self.is_in_review:
            return Step(name, "now", self._count())
        return Step(name, "done", _("Version %(version)d") % {"version": self.request.version})

    def _count(self) -> str:
        if self.request.under is not None:
            return _("Under standing approval #%(number)d") % {"number": self.request.under.number}
        wanted = self.request.approvals_wanted
        text = ngettext("%(given)d of %(wanted)d approval", "%(given)d of %(wanted)d approvals", wanted)
        return text % {"given": len(self.summary.approvals), "wanted": wanted}

    def _approved(self) -> Step:
        if self.is_approved:
            return Step(_("Approved"), "done", self._count(), self.request.closed_at)
        return Step(_("Approved"), "open", "")

    def _sent(self) -> Step:
        name, counts = _("Sent to Purview"), self.progress.counts
        if not self.is_approved:
            return Step(name, "open", "")
        if counts.stopped:
            numbers = {"stopped": counts.stopped, "total": counts.total}
            return Step(name, "stopped", _("%(stopped)d of %(total)d stopped") % numbers)
        if counts.moving:
            return Step(name, "now", _("Being sent"))
        nothing = all(part.carried_by != Carrier.GRAPH for part in self.changes)
        return Step(name, "done", _("Nothing to send") if nothing else "")

    def _confirmed(self) -> Step:
        name, counts = _("Confirmed"), self.progress.counts
        if not self.is_approved:
            return Step(name, "open", "")
        note = _("%(done)d of %(total)d") % {"done": counts.confirmed, "total": counts.total}
        return Step(name, "done" if counts.confirmed == counts.total else "open", note)


def with_confirmation(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Changes with `confirmed_at`: when the first complete sync began after they were read back."""
    later = SyncRun.objects.filter(
        tenant=OuterRef("request__tenant"), state=RunState.COMPLETE, started_at__gt=OuterRef("done_at")
    ).order_by("started_at")
    return changes.annotate(confirmed_at=Subquery(later.values("started_at")[:1])).order_by("position")


def rows_of(change_request: ChangeRequest, objects: Iterable[ChangedObject]) -> dict[tuple[str, str], Mirrored]:
    """What the mirror holds of the objects now, by kind and Graph id: one query for each kind among them."""
    targets: dict[str, set[str]] = {}
    for changed in objects:
        targets.setdefault(changed.kind.name, set()).add(_target(changed))
    return {
        (name, row.graph_id): row
        for name, ids in targets.items()
        for row in kinds.of(name)
        .rows(change_request.tenant)
        .here()
        .filter(graph_id__in=ids - {""})
        .select_related("tenant")
    }


def _target(changed: ChangedObject) -> str:
    return next((part.target for part in changed.parts if part.target), "")
