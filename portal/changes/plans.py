"""The plan a rule reads: the mirror plus what the request's other changes would make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from portal.changes.drift.adopting import holds
from portal.changes.models import OPEN, Change, ChangeRequest, Push
from portal.changes.objects import ChangedObject, Key, key_of
from portal.changes.threeway import compare
from portal.graph import reading
from portal.mirror import kinds, markers
from portal.mirror.kinds import Action, Document, Finding, Known, Level, Plan, Proposal
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant

OUTDATED = _("The tenant changed since you started. Review the difference, then save the draft again.")


Held = Mapping[Key, Known]


class Judge:
    """What the rules say of each object of one request, the tenant read and indexed once for all of them.

    A request may hold hundreds of events. Of those each is judged beside what is like it, and no others (`Kind.alike`).
    `held` is what the tenant holds, where it was read already.
    """

    def __init__(
        self, tenant: Tenant, changes: Iterable[Change], *, request: ChangeRequest | None, held: Held | None = None
    ) -> None:
        self.tenant, self.held = tenant, mirrored(tenant) if held is None else held
        self.drafted, self.domains = drafted(tenant, besides=request), tuple(tenant.domains)
        ordered = sorted(changes, key=lambda change: change.position)
        self.changes = [change for change in ordered if kinds.of(change.kind).near is None]
        self.documents: dict[Key, list[Document]] = {}
        self.alike: dict[tuple[str, str], list[Change]] = {}
        for change in ordered:
            self.documents.setdefault(key_of(change.kind, change.document), []).append(change.document)
            for place in _places(change.kind, change.document):
                self.alike.setdefault(place, []).append(change)

    def findings(self, changed: ChangedObject) -> list[Finding]:
        """What they say of one, together with what changed in the tenant since (VR-75)."""
        row = row_of(changed.first, self.tenant)
        in_use = reading.in_use(row.raw) if row else False
        proposal = Proposal(changed.kind.name, changed.action, changed.base, changed.after, in_use=in_use)
        plan = self.plan_without(changed.key, creation=changed.action == Action.CREATE)
        return [*changed.kind.check(proposal, plan), *_outdated(changed, row)]

    def plan_without(self, key: Key, *, creation: bool) -> Plan:
        """The tenant as it would stand if all changes but those on the object `key` were carried out.

        Without the object itself, unless it is to be created: then what has its name already is somebody else's
        (VR-03).
        """
        if kinds.of(key[0]).near is None:
            return Plan(_without(key, self.held, self.changes, creation=creation), self.drafted, self.domains)
        documents = self.documents.get(key, [])
        found = [one for document in documents for place in _places(key[0], document) for one in self.alike[place]]
        changes = {id(one): one for one in found}.values()
        objects = _without(key, near(key[0], documents, self.tenant), changes, creation=creation)
        return Plan(objects, self.drafted, self.domains, self._beneath)

    @cached_property
    def _beneath(self) -> Plan:
        """Everything of which there is not too much to be read."""
        return Plan(_without(None, self.held, self.changes, creation=False), self.drafted, self.domains)


def plan_without(
    key: Key,
    tenant: Tenant,
    changes: Iterable[Change],
    *,
    request: ChangeRequest | None,
    creation: bool,
    held: Held | None = None,
) -> Plan:
    """The plan for one object alone; see `Judge`."""
    return Judge(tenant, changes, request=request, held=held).plan_without(key, creation=creation)


def findings_of(
    changed: ChangedObject, tenant: Tenant, changes: Iterable[Change], *, request: ChangeRequest | None
) -> list[Finding]:
    """What the rules say of one object alone; see `Judge`."""
    return Judge(tenant, changes, request=request).findings(changed)


def _without(key: Key | None, held: Held, changes: Iterable[Change], *, creation: bool) -> tuple[Known, ...]:
    objects = dict(held)
    namesake = objects.get(key) if key else None
    for change in sorted(changes, key=lambda change: change.position):
        _apply(objects, change)
    if key:
        objects.pop(key, None)
        if creation and namesake is not None:
            objects[key] = namesake
    return tuple(objects.values())


def _places(kind: str, document: Document) -> list[tuple[str, str]]:
    """Where events that have to see each other meet; none for what all see."""
    of = kinds.of(kind)
    return [] if of.near is None else [(kind, text) for text in of.alike(document)]


def mirrored(tenant: Tenant) -> Held:
    """Everything the tenant was last seen to hold, but of kinds of which it may hold many (`near` finds those)."""
    every = {kind.name: kind.model for kind in kinds.every() if kind.near is None}
    held = (
        model._default_manager.filter(tenant=tenant, kind__in=every).here() for model in dict.fromkeys(every.values())
    )
    rows = (known(row) for rows in held for row in rows)
    return {key_of(one.kind, one.document): one for one in rows}


def near(kind: str, documents: Iterable[Document], tenant: Tenant) -> Held:
    """The rows that a rule about an object has to see, where there may be too many to read them all."""
    of = kinds.of(kind)
    if of.near is None:
        return {}
    rows = (known(row) for document in documents for row in of.rows(tenant).here().filter(of.near(document)))
    return {key_of(one.kind, one.document): one for one in rows}


def known(row: Mirrored) -> Known:
    """One row of the mirror as rules see it."""
    in_use = bool(row.raw.get("isInUse"))
    return Known(row.kind, row.document, row.graph_id, in_use=in_use, created_at=row.created_at)


def _apply(objects: dict[Key, Known], change: Change) -> None:
    key = key_of(change.kind, change.document)
    if change.push == Push.CANCELLED:
        return
    if change.action == Action.DELETE:
        objects.pop(key, None)
    else:
        before = objects.get(key)
        objects[key] = Known(
            change.kind,
            change.after or {},
            before.graph_id if before else "",
            in_use=bool(before and before.in_use),
            proposed=before is None,
        )


def drafted(tenant: Tenant, *, besides: ChangeRequest | None) -> frozenset[tuple[str, str]]:
    """Kinds and folded names of what other open requests would create, without their markers (VR-03, VR-58)."""
    creations = Change.objects.filter(request__tenant=tenant, request__state__in=OPEN, action=Action.CREATE).exclude(
        push__in=[Push.DONE, Push.CANCELLED]
    )
    if besides and besides.pk:
        creations = creations.exclude(request=besides)
    return frozenset((kind, kinds.folded(_typed(kind, name))) for kind, name in creations.values_list("kind", "name"))


def _typed(kind: str, name: str) -> str:
    """A name as it was typed: each event bears another marker, so that with theirs no two are ever alike."""
    return markers.without(name) if kinds.of(kind).once else name


def row_of(change: Change, tenant: Tenant) -> Mirrored | None:
    """The mirror's row of the object, by id, or by name while the id is not known."""
    rows = kinds.of(change.kind).rows(tenant).here()
    if change.target:
        return rows.filter(graph_id=change.target).first()
    key = key_of(change.kind, change.document)
    return next((row for row in rows.filter(display_name=change.name) if key_of(row.kind, row.document) == key), None)


def _outdated(changed: ChangedObject, row: Mirrored | None) -> list[Finding]:
    """VR-75: the tenant changed in a field that the change touches, after it was drafted.

    An adoption is about the whole object: it must still be what was found, and agreed on as it was then.
    """
    if changed.action == Action.ADOPT:
        return [] if holds(changed.base, changed.after, row) else [_vr_75("displayName")]
    if changed.base is None:
        return []
    if row is None:
        return [_vr_75("displayName")]
    return [_vr_75(name) for name in compare(changed.base, row.document, changed.after or {}).conflict]


def _vr_75(field: str) -> Finding:
    return Finding("VR-75", Level.BLOCK, field, str(OUTDATED))


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as it is kept on a change."""
    return {**asdict(finding), "level": finding.level.value, "message": str(finding.message)}
