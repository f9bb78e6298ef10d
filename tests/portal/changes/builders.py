"""A mirrored tenant and wishes for it, plainly made. A test names only what it is about."""

import json
from collections.abc import Iterable
from typing import Any

from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Push
from portal.changes.objects import Wanted
from portal.mirror import kinds, store
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Connection, Person, Tenant
from tests.labels.builders import make_label, on_event

LABEL = "retentionLabel"
KNOWN = {"authority": ["Legal", "Business"], "category": ["Finance"], "retentionEventType": ["Employee departure"]}


def agreed(tenant: Tenant) -> Tenant:
    """The tenant as a first complete run leaves it: it holds what the builders' labels name."""
    Connection.objects.get_or_create(tenant=tenant)
    for kind, names in KNOWN.items():
        for name in names:
            mirror(tenant, {**kinds.of(kind).blank(), "displayName": name}, kind)
    tenant.baseline_at = clock.now()
    tenant.save()
    return tenant


def mirror(tenant: Tenant, document: Document, kind: str = LABEL, **said: Any) -> Mirrored:
    """A row the tenant holds and everybody agreed on. `said` is what else Graph answers, such as isInUse."""
    raw = {**document, "id": f"id of {document['displayName']}", **said}
    if kind == LABEL:
        raw.setdefault("isInUse", False)
        named = {name: name and {"displayName": name} for name in document["descriptors"].values()}
        parts = {part: named[name] for part, name in document["descriptors"].items() if part != "subcategory"}
        if parts["category"]:
            parts["category"] |= {"subcategory": named[document["descriptors"]["subcategory"]]}
        event_type = document["retentionEventType"]
        raw |= {"descriptors": parts, "retentionEventType": event_type and {"displayName": event_type}}
    if kind == "subcategory":
        raw |= {"@parent": {"id": f"id of {document['category']}", "displayName": document["category"]}}
    row = store.keep(kinds.of(kind), tenant, raw, read_at=clock.now(), agreed=document)
    assert row.document == document
    return row


def creation(document: Document | None = None, kind: str = LABEL, **fields: Any) -> Wanted:
    return Wanted(kind, Action.CREATE, None, (make_label() if document is None else document) | fields)


def lasting(**fields: Any) -> Wanted:
    """A creation that cannot be undone, its points confirmed: two approvers (VR-43)."""
    document = on_event(displayName="HR Personnel file 10y", **fields)
    return Wanted(LABEL, Action.CREATE, None, document, acknowledged={"VR-43": "The schedule says so."})


def update(row: Mirrored, **fields: Any) -> Wanted:
    return Wanted(row.kind, Action.UPDATE, row.document, {**row.document, **fields}, row.graph_id)


def deletion(row: Mirrored, **acknowledged: str) -> Wanted:
    return Wanted(row.kind, Action.DELETE, row.document, None, row.graph_id, acknowledged)


def drafted(tenant: Tenant, author: Person, *wanted: Wanted, **fields: Any) -> ChangeRequest:
    values = {"title": "A test", "reason": "The schedule says so."} | fields
    return actions.draft(tenant, by=author, wanted=wanted or (creation(),), **values)


def submitted(tenant: Tenant, author: Person, *wanted: Wanted) -> ChangeRequest:
    request = drafted(tenant, author, *wanted)
    actions.submit(request, by=author, content_hash=request.content_hash)
    return request


def released(tenant: Tenant, author: Person, approvers: Iterable[Person], *wanted: Wanted) -> ChangeRequest:
    request = submitted(tenant, author, *wanted)
    for person in approvers:
        actions.approve(request, by=person, content_hash=request.content_hash)
    return request


def stop(change: Change, why: str, **fields: Any) -> Change:
    """As a worker leaves it."""
    Change.objects.filter(pk=change.pk).update(push=Push.STOPPED, why=why, message="Something happened.", **fields)
    change.refresh_from_db()
    return change


def told(entry: Entry) -> dict[str, Any]:
    """What an entry says."""
    return dict(json.loads(entry.body))


def new_entries(before: int) -> list[str]:
    """The verbs of all entries after the first `before`."""
    return [entry.verb for entry in Entry.objects.order_by("pk")[before:]]


def refuse(*args: object, **columns: object) -> None:
    """Instead of the insert of an entry."""
    raise RuntimeError("disk full")
