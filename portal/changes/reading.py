"""One request as one person reads it: its objects, where it stands, what was said, and what this person may do now."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from portal.changes import actions, approvals, drafting
from portal.changes.impact import Impact, impact
from portal.changes.models import Carrier, Change, ChangeRequest, Decision, Hand, Part, State
from portal.changes.objects import ChangedObject, Key, objects_of
from portal.changes.progress import Progress, Standing, marks
from portal.changes.queries import Summary
from portal.changes.sheets import ObjectSheet
from portal.changes.stations import Step, stations
from portal.changes.thread import Said, thread
from portal.mirror import kinds, veil
from portal.mirror.models import Mirrored, RunState, SyncRun
from portal.mirror.sync import freshness
from portal.tenants.access import ACTING
from portal.tenants.models import Connection, Health, Person, Role


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

    @property
    def withdrawal(self) -> Said | None:
        """Who withdrew it, once it is."""
        return next((said for said in reversed(self.thread) if said.shape == "withdrawn"), None)

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
        return not self.roles.isdisjoint(ACTING)

    @property
    def may_retry(self) -> bool:
        return self.progress.can_retry and self.may_act

    @property
    def may_redraft(self) -> bool:
        return self.progress.counts.stopped > 0 and Role.AUTHOR in self.roles

    @property
    def steps(self) -> list[Step]:
        return stations(self.summary, self.progress)


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
