"""Runs of a tenant, and what the mirror and the history hold after them."""

import json
from typing import Any

from labels.models import RetentionLabel
from portal.audit.models import Entry
from portal.mirror import kinds, sync
from portal.mirror.models import Cause, Mirrored, SyncRun
from portal.sandbox.server import Sandbox
from portal.tenants.models import Tenant


def run(tenant: Tenant, **options: Any) -> SyncRun:
    done = sync.run(Tenant.objects.get(pk=tenant.pk), cause=Cause.COMMAND, **options)
    assert done is not None
    return done


def rows(tenant: Tenant) -> list[Mirrored]:
    return [row for kind in kinds.every() for row in kind.rows(tenant)]


def held(tenant: Tenant) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Everything the mirror holds but when it was seen."""
    return {
        (row.kind, row.graph_id): (row.raw, row.document_hash, row.agreed_hash, row.gone_at, row.changed_at)
        for row in rows(tenant)
    }


def entries(*verbs: str) -> list[Entry]:
    return list(Entry.objects.filter(verb__in=verbs).order_by("pk"))


def told(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(entry.body))


def some_label(tenant: Tenant) -> RetentionLabel:
    return RetentionLabel.objects.filter(tenant=tenant).order_by("display_name")[0]


def in_sandbox(sandbox: Sandbox) -> int:
    mirrored = {kind.path.rpartition("/")[2] for kind in kinds.listed()}
    return sum(len(members) for name, members in sandbox.state().items() if name in mirrored)
