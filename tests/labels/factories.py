"""Rows of the mirror as labels and their values stand in it, and forms as a browser sends them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from labels.document import blank
from labels.editor import shown
from labels.models import RetentionLabel
from labels.sheets import Sheet
from portal.audit import canonical
from portal.mirror import kinds
from portal.mirror.kinds import Document
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant
from tests.labels.builders import make_label

_numbers = count(1)
READ_AT = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def mirror(tenant: Tenant, kind: str, document: Document, *, in_use: bool = False, **fields: Any) -> Mirrored:
    """One object as the tenant was last seen to hold it, and as it was agreed."""
    graph_id = f"id-{next(_numbers)}"
    raw = {"id": graph_id, "displayName": document["displayName"], "isInUse": in_use}
    held = canonical.sha256(document)
    values: dict[str, Any] = {"document": document, "document_hash": held, "agreed": document, "agreed_hash": held}
    values |= {"raw": raw, "seen_at": READ_AT, "display_name": document["displayName"], "created_at": READ_AT}
    values |= kinds.of(kind).columns(document, raw)
    return kinds.of(kind).model._default_manager.create(
        tenant=tenant, kind=kind, graph_id=graph_id, **{**values, **fields}
    )


def mirror_label(tenant: Tenant, *, in_use: bool = False, **document: Any) -> RetentionLabel:
    row = mirror(tenant, "retentionLabel", make_label(**document), in_use=in_use)
    assert isinstance(row, RetentionLabel)
    return row


def change_in_purview(row: Mirrored, **fields: Any) -> None:
    """What a sync would write after somebody changed the object past Fileplan."""
    row.document = {**row.document, **fields}
    row.document_hash = canonical.sha256(row.document)
    for name, value in kinds.of(row.kind).columns(row.document, row.raw).items():
        setattr(row, name, value)
    row.save()


def typed(document: Document | None = None, **fields: Any) -> dict[str, Any]:
    """What a browser sends of a form that shows this document, with these fields typed over."""
    sent = shown(Sheet(Tenant()), document or blank()).dict()
    return {**sent, "reason": "The schedule says so.", "do": "save", **fields}
