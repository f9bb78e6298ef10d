"""Writing the mirror. Only sync, push and what follows events call this."""

from datetime import datetime
from typing import Any

from django.db import transaction

from portal.audit import canonical
from portal.graph import reading
from portal.mirror.kinds import Document, Kind, Raw
from portal.mirror.models import Mirrored
from portal.tenants.models import Connection, Tenant


def columns(kind: Kind, raw: Raw, *, read_at: datetime) -> dict[str, Any]:
    """Everything a row holds of one answer. Raises Incomplete, or Uncanonical for what cannot be stored."""
    canonical.must_be_storable(raw)
    document = kind.document(raw)
    return {
        "display_name": str(document["displayName"])[:300],
        "raw": raw,
        "document": document,
        "document_hash": canonical.sha256(document),
        "created_by": reading.person(raw.get("createdBy"))[:300],
        "created_at": reading.moment(raw.get("createdDateTime")),
        "changed_by": reading.person(raw.get("lastModifiedBy"))[:300],
        "changed_at": reading.moment(raw.get("lastModifiedDateTime")),
        "seen_at": read_at,
        "gone_at": None,
        **kind.columns(document, raw),
    }


def changed_by(raw: Raw) -> str:
    """Who Graph says touched an object last."""
    return reading.person(raw.get("lastModifiedBy")) or reading.person(raw.get("createdBy"))


def told(row: Mirrored) -> dict[str, Any]:
    """What an entry keeps of a row, so that it can be rebuilt from the history alone (G10).

    `agreed` is left out where it is what the tenant holds.
    """
    agreed = {} if row.agreed == row.document else {"agreed": row.agreed}
    return {"kind": row.kind, "key": row.graph_id, "document": row.document, **agreed}


def keep(kind: Kind, tenant: Tenant, raw: Raw, *, read_at: datetime, agreed: Document) -> Mirrored:
    """Write what a push read back, with its lease held, so that no sync writes in between.

    `agreed`: the fields that were approved and found; what was agreed before stays.
    """
    held = columns(kind, raw, read_at=read_at)
    row = kind.rows(tenant).filter(graph_id=raw["id"]).first()
    together = {**((row.agreed if row else None) or held["document"]), **agreed}
    held |= {"agreed": together, "agreed_hash": canonical.sha256(together)}
    if row is None:
        return kind.rows(tenant).create(tenant=tenant, kind=kind.name, graph_id=raw["id"], **held)
    for name, value in held.items():
        setattr(row, name, value)
    row.save(update_fields=held)
    return row


@transaction.atomic
def see(kind: Kind, tenant: Tenant, raw: Raw, *, read_at: datetime) -> bool:
    """Keep one more reading of an object whose document is as it was. Returns whether it was kept.

    A row that was read since stays; another document and what is gone are a sync's to find and to tell. Raises as
    `columns` does.
    """
    held = columns(kind, raw, read_at=read_at)
    # A sync reads rows and writes them with this one locked: none changes in between.
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    as_seen = kind.rows(tenant).here().filter(graph_id=raw["id"], document_hash=held["document_hash"])
    return bool(as_seen.filter(seen_at__lte=read_at).update(**held))
