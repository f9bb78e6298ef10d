"""The plan a rule reads: the mirror plus what the request's other changes would make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from django.utils.translation import gettext_lazy as _

from portal.changes.drift.adopting import holds
from portal.changes.models import OPEN, Change, ChangeRequest, Push
from portal.changes.objects import ChangedObject, Key, key_of
from portal.changes.threeway import compare
from portal.mirror import kinds
from portal.mirror.kinds import Action, Finding, Known, Level, Plan, Proposal
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant

OUTDATED = _("The tenant changed since you started. Review the difference, then save the draft again.")


Held = Mapping[Key, Known]


def plan_without(
    key: Key,
    tenant: Tenant,
    changes: Iterable[Change],
    *,
    request: ChangeRequest | None,
    creation: bool,
    held: Held | None = None,
) -> Plan:
    """The tenant as it would stand if all `changes` but those on the object `key` were carried out.

    Without the object itself, unless it is to be created: then what has its name already is somebody else's (VR-03).
    `held` is what the tenant holds, read once by whoever asks for many objects.
    """
    objects = {**(mirrored(tenant) if held is None else held), **near(key, tenant, changes)}
    namesake = objects.get(key)
    for change in sorted(changes, key=lambda change: change.position):
        _apply(objects, change)
    objects.pop(key, None)
    if creation and namesake is not None:
        objects[key] = namesake
    return Plan(tuple(objects.values()), drafted(tenant, besides=request), tuple(tenant.domains))


def mirrored(tenant: Tenant) -> Held:
    """Everything the tenant was last seen to hold, but of kinds of which it may hold many (`near` finds those)."""
    every = [kind for kind in kinds.every() if kind.near is None]
    rows = (known(row) for kind in every for row in kind.rows(tenant).here())
    return {key_of(one.kind, one.document): one for one in rows}


def near(key: Key, tenant: Tenant, changes: Iterable[Change]) -> Held:
    """The rows that a rule about the object `key` has to see, where there may be too many to read them all."""
    kind = kinds.of(key[0])
    if kind.near is None:
        return {}
    about = [change.document for change in changes if key_of(change.kind, change.document) == key]
    rows = (known(row) for document in about for row in kind.rows(tenant).here().filter(kind.near(document)))
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
    """Kinds and folded names of what other open requests would create (VR-03)."""
    creations = Change.objects.filter(request__tenant=tenant, request__state__in=OPEN, action=Action.CREATE).exclude(
        push__in=[Push.DONE, Push.CANCELLED]
    )
    if besides and besides.pk:
        creations = creations.exclude(request=besides)
    return frozenset((kind, kinds.folded(name)) for kind, name in creations.values_list("kind", "name"))


def row_of(change: Change, tenant: Tenant) -> Mirrored | None:
    """The mirror's row of the object, by id, or by name while the id is not known."""
    rows = kinds.of(change.kind).rows(tenant).here()
    if change.target:
        return rows.filter(graph_id=change.target).first()
    key = key_of(change.kind, change.document)
    return next((row for row in rows.filter(display_name=change.name) if key_of(row.kind, row.document) == key), None)


def findings_of(
    changed: ChangedObject,
    tenant: Tenant,
    changes: Iterable[Change],
    *,
    request: ChangeRequest | None,
    held: Held | None = None,
) -> list[Finding]:
    """What the rules say of one object of a request, together with what changed in the tenant since (VR-75)."""
    row = row_of(changed.first, tenant)
    in_use = bool(row and row.raw.get("isInUse"))
    proposal = Proposal(changed.kind.name, changed.action, changed.base, changed.after, in_use=in_use)
    creation = changed.action == Action.CREATE
    plan = plan_without(changed.key, tenant, changes, request=request, creation=creation, held=held)
    return [*changed.kind.check(proposal, plan), *_outdated(changed, row)]


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
