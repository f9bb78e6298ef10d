"""The inside of a request while it is written: objects, findings, hash. Called by actions, in their transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.changes.content import content_hash
from portal.changes.drift.adopting import adoption
from portal.changes.models import Change, ChangeRequest
from portal.changes.objects import ChangedObject, Key, Wanted, objects_of, parts_of
from portal.changes.plans import Judge, as_json, row_of
from portal.changes.threeway import changed_fields
from portal.errors import Invalid
from portal.mirror import markers
from portal.mirror.kinds import Action, Document, Finding, Level
from portal.tenants.models import Person, Tenant

Told = dict[str, Any]


def put(change_request: ChangeRequest, wanted: Sequence[Wanted], *, by: Person) -> list[Told]:
    """Add objects to a request, or replace what it says of them. Returns what changed, for the history."""
    told = []
    objects = {changed.key: changed for changed in objects_of(change_request.changes.all())}
    for one in wanted:
        held = objects.get(one.key)
        told.append(_told(one, held.after if held else one.base))
        objects[one.key] = _replace(change_request, one, held, by)
    return told


def drop(change_request: ChangeRequest, key: Key) -> list[Told]:
    """Take an object out. Raises Invalid if the request does not hold it."""
    changed = {changed.key: changed for changed in objects_of(change_request.changes.all())}.get(key)
    if changed is None:
        raise Invalid(_("This is no longer part of the change. Reload and look again."))
    Change.objects.filter(pk__in=[part.pk for part in changed.parts]).delete()
    return [{"kind": changed.kind.name, "name": changed.name, "action": "dropped", "changes": {}}]


def describe(change_request: ChangeRequest, *, title: str | None, reason: str | None) -> Told:
    """Change title and reason, where given."""
    told: Told = {}
    for name, value in (("title", title), ("reason", reason)):
        if value is not None and value.strip() != getattr(change_request, name):
            told[name] = [getattr(change_request, name), value.strip()]
            setattr(change_request, name, value.strip())
    change_request.save(update_fields=["title", "reason", "touched_at"])
    return told


def refresh(change_request: ChangeRequest) -> None:
    """Ask the rules again, keep what they say, and bring the hash to the content."""
    for changed, found in findings(change_request):
        kept = [as_json(finding) for finding in found]
        confirmable = {finding.rule for finding in found if finding.level == Level.CONFIRM}
        acknowledged = [one for one in changed.acknowledgements if one["rule"] in confirmable]
        Change.objects.filter(pk=changed.first.pk).update(findings=kept, acknowledgements=acknowledged)
    ChangeRequest.objects.filter(pk=change_request.pk).update(content_hash=content_hash(change_request))
    change_request.refresh_from_db()


def findings(change_request: ChangeRequest) -> list[tuple[ChangedObject, list[Finding]]]:
    """What the rules say of every object of a request, on the mirror as it is now."""
    changes = list(change_request.changes.all())
    judge = Judge(change_request.tenant, changes, request=change_request)
    return [(changed, judge.findings(changed)) for changed in objects_of(changes)]


def obstacles(change_request: ChangeRequest) -> list[str]:
    """Why a draft cannot be submitted yet, each as a sentence; empty when it can."""
    changes = list(change_request.changes.all())
    found = [*_blocked(changes), *_unconfirmed(changes)]
    if not changes:
        found.append(_("There is nothing in this change yet. Add a label to it."))
    if not change_request.reason.strip():
        found.append(_("Say why: approvers read the reason first, auditors read it last."))
    if not change_request.tenant.baseline_at:
        found.append(_("The mirror was never complete. Wait for the first sync, then submit."))
    return found


def _blocked(changes: Iterable[Change]) -> list[str]:
    return [
        _("%(name)s: %(message)s") % {"name": change.name, "message": finding["message"]}
        for change in changes
        for finding in change.findings
        if finding["level"] == Level.BLOCK
    ]


def _unconfirmed(changes: Iterable[Change]) -> list[str]:
    count = sum(len(change.unconfirmed) for change in changes)
    if not count:
        return []
    return [
        ngettext(
            "%(count)d point still needs your confirmation.", "%(count)d points still need your confirmation.", count
        )
        % {"count": count}
    ]


def rebased(changed: ChangedObject, tenant: Tenant) -> Wanted | None:
    """The same wish on the tenant as it is now; None when it came true or its object is gone."""
    row = row_of(changed.first, tenant)
    if changed.action == Action.CREATE and row is None:
        return Wanted(changed.kind.name, Action.CREATE, None, changed.after)
    if row is None:
        return None
    if changed.action == Action.ADOPT:
        return adoption(row) if row.is_drifted else None
    if changed.after is None:
        return Wanted(changed.kind.name, Action.DELETE, row.document, None, row.graph_id)
    after = _carried_over(changed, row.document)
    if after == row.document:
        return None
    return Wanted(changed.kind.name, Action.UPDATE, row.document, after, row.graph_id)


def again(stopped: Iterable[ChangedObject], tenant: Tenant) -> list[Wanted]:
    """The same wishes on the tenant as it is now. What happens once gets another marker, and keeps its case."""
    renewed = {changed.first.marker: markers.new() for changed in stopped if changed.kind.once}
    wanted = []
    for changed in stopped:
        first, one = changed.first, rebased(changed, tenant)
        if one is not None and first.marker in renewed and one.after is not None:
            after = markers.exchanged(one.after, renewed[first.marker])
            case = renewed.get(first.case, "")
            one = replace(one, after=after, case=case, after_days=first.after_days if case else 0)
        wanted.append(one)
    return [one for one in wanted if one is not None]


def _carried_over(changed: ChangedObject, now: Document) -> Document:
    after = changed.after or {}
    return {**now, **{name: after[name] for name in changed_fields(changed.base or {}, after) if name in after}}


def _replace(change_request: ChangeRequest, wanted: Wanted, held: ChangedObject | None, by: Person) -> ChangedObject:
    acknowledged = _acknowledged(wanted, held, by)
    position = held.first.position if held else _next_position(change_request)
    if held:
        Change.objects.filter(pk__in=[part.pk for part in held.parts]).delete()
    parts = parts_of(wanted)
    for offset, part in enumerate(parts):
        part.request, part.position = change_request, position + offset
        part.acknowledgements = [] if offset else acknowledged
        part.save()
    return ChangedObject(tuple(parts))


def _next_position(change_request: ChangeRequest) -> int:
    """Two places for each object: one for Graph's part, one for a person's."""
    last = change_request.changes.order_by("position").last()
    return (last.position // 2 + 1) * 2 if last else 0


def _acknowledged(wanted: Wanted, held: ChangedObject | None, by: Person) -> list[dict[str, Any]]:
    """Confirmations with name and moment; one given before for the same content keeps its own."""
    earlier = {one["rule"]: one for one in held.acknowledgements} if held and held.after == wanted.after else {}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        earlier.get(rule) or {"rule": rule, "reason": reason.strip(), "by": by.pk, "name": by.name, "at": at}
        for rule, reason in sorted(wanted.acknowledged.items())
    ]


def _told(wanted: Wanted, before: Document | None) -> Told:
    """What the history says of one object: its changed fields, each before and after."""
    before, after = before or {}, wanted.after or {}
    changes = {field: [before.get(field), after.get(field)] for field in changed_fields(before, after)}
    name = str((wanted.after or wanted.base or {}).get("displayName", ""))
    return {"kind": wanted.kind, "name": name, "action": wanted.action.value, "changes": changes}
