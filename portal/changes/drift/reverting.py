"""The way back to what was agreed, as far as Graph and the rules allow; and in words why it ends where it ends."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.changes.difference import Row, difference
from portal.changes.objects import Wanted, key_of
from portal.changes.plans import Held, mirrored, plan_without
from portal.changes.threeway import changed_fields
from portal.graph import reading
from portal.mirror import kinds
from portal.mirror.kinds import Action, Document, Level, Plan, Proposal
from portal.mirror.models import Mirrored


@dataclass(frozen=True)
class Obstacle:
    """A setting that cannot be put back, or the object itself, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class WayBack:
    """`wanted` is the change that puts back what can be, None where nothing can; `back` what it changes, in words."""

    wanted: Wanted | None
    back: tuple[Row, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def deletes(self) -> bool:
        """Whether the way back is to delete what was made outside."""
        return self.wanted is not None and self.wanted.action == Action.DELETE

    @property
    def is_whole(self) -> bool:
        return self.wanted is not None and not self.obstacles


def way_back(row: Mirrored, held: Held | None = None) -> WayBack:
    """How an object can become again what was agreed. `held` is the mirror, read once by whoever asks for many."""
    key = key_of(row.kind, row.document)
    plan = plan_without(
        key, row.tenant, (), request=None, creation=False, held=mirrored(row.tenant) if held is None else held
    )
    return _removal(row, plan) if row.agreed is None else _return(row, row.agreed, plan)


def _removal(row: Mirrored, plan: Plan) -> WayBack:
    """What was never agreed on goes, if its kind can be deleted and no rule stands against it (VR-45 to VR-48)."""
    kind = kinds.of(row.kind)
    if kind.once:
        why = _(
            "What it started cannot be stopped: deleting it only removes the entry. "
            "Look what it reaches, then adopt it."
        )
        return WayBack(None, obstacles=(Obstacle(row.display_name, why),))
    if Action.DELETE not in kind.actions:
        why = _("Purview lets no program delete %(plural)s. Delete it by hand in Purview, or adopt it.")
        return WayBack(None, obstacles=(Obstacle(row.display_name, why % {"plural": kind.plural}),))
    asked = Proposal(kind.name, Action.DELETE, row.document, None, in_use=reading.in_use(row.raw))
    blocks = [finding.message for finding in kind.check(asked, plan) if finding.level == Level.BLOCK]
    if blocks:
        return WayBack(None, obstacles=tuple(Obstacle(row.display_name, message) for message in blocks))
    return WayBack(Wanted(kind.name, Action.DELETE, row.document, None, row.graph_id))


def _return(row: Mirrored, agreed: Document, plan: Plan) -> WayBack:
    """The fields Graph can set and no rule holds back are put back; every other one is told with its reason."""
    kind, now = kinds.of(row.kind), row.document
    blocked = _blocked(row, agreed, plan)
    can = changed_fields(now, kind.reach(now, agreed)) if Action.UPDATE in kind.actions else ()
    back = {name: agreed[name] for name in can if name in agreed and name not in blocked}
    after = {**now, **back}
    together = _blocked(row, after, plan)  # what only stands against it once other fields stay as they are
    if together:
        back, after = {}, now
    left = [name for name in changed_fields(now, agreed) if name not in back]
    return WayBack(
        Wanted(kind.name, Action.UPDATE, now, after, row.graph_id) if back else None,
        difference(kind, now, after).changed,
        _obstacles(row, agreed, left, {**dict.fromkeys(can, next(iter(together.values()), "")), **together, **blocked}),
    )


def _blocked(row: Mirrored, after: Document, plan: Plan) -> dict[str, str]:
    """Why the rules refuse it, by field of the document."""
    asked = Proposal(row.kind, Action.UPDATE, row.document, after, in_use=reading.in_use(row.raw))
    found = [finding for finding in kinds.of(row.kind).check(asked, plan) if finding.level == Level.BLOCK]
    return {finding.field.partition(".")[0]: finding.message for finding in found}


def _obstacles(row: Mirrored, agreed: Document, left: list[str], blocked: dict[str, str]) -> tuple[Obstacle, ...]:
    by_hand = _("Purview lets no program set this again. Put it back by hand in Purview, or adopt it.")
    rows = difference(kinds.of(row.kind), agreed, row.document).changed
    labels = {name: ", ".join(one.label for one in rows if one.path.partition(".")[0] == name) for name in left}
    return tuple(Obstacle(labels[name] or name, blocked.get(name) or by_hand) for name in left)
