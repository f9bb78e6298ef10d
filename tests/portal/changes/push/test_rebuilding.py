"""G10: what the tenant held, and what of it was agreed on, is rebuilt from the history alone, for any past moment."""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from labels.models import RetentionLabel
from portal.audit.models import Entry
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.changes.tasks import synchronise
from portal.mirror import kinds
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Tenant

STEPS = 8
Held = dict[tuple[str, str], dict[str, Any]]


def stored(tenant: Tenant) -> Held:
    """The mirror as the database holds it."""
    return {
        (row.kind, row.graph_id): {"document": row.document, "agreed": row.agreed, "gone": row.gone_at is not None}
        for kind in kinds.every()
        for row in kind.rows(tenant)
    }


def rebuilt(bodies: Iterable[str]) -> Held:
    """The mirror as the history tells of it, entry by entry."""
    held: Held = {}
    for entry in map(json.loads, bodies):
        key = (entry["object"]["kind"], entry["object"]["key"])
        if entry["verb"] in ("mirror.changed_outside", "mirror.revived"):
            changed = {field: after for field, (_before, after) in entry["changes"].items()}
            held[key] |= {"document": held[key]["document"] | changed, "gone": False}
        elif entry["verb"] == "mirror.gone":
            held[key]["gone"] = True
        for one in entry["facts"].get("mirrored", ()):
            follow(held.setdefault((one["kind"], one["key"]), {}), one)
    return held


def follow(held: dict[str, Any], one: dict[str, Any]) -> None:
    if one["document"] is None:  # deleted, as was agreed
        held |= {"agreed": None, "gone": True}
    else:
        held |= {"document": one["document"], "agreed": one.get("agreed", one["document"]), "gone": False}


@pytest.mark.parametrize("seed", range(2))
def test_the_mirror_is_rebuilt_as_it_was_at_every_step(
    tenant: Tenant,
    sandbox: Sandbox,
    approve: Callable[..., ChangeRequest],
    label: Document,
    drain: Callable[[], None],
    seed: int,
) -> None:
    choose, seen = random.Random(seed), {Entry.objects.count(): stored(tenant)}

    def some() -> RetentionLabel:
        there = {one["id"] for one in sandbox.state()["retentionLabels"]}
        return choose.choice(
            list(RetentionLabel.objects.filter(tenant=tenant, graph_id__in=there).order_by("graph_id"))
        )

    def edited_outside() -> None:
        sandbox.edit("patch", "retentionLabels", some().graph_id, {"descriptionForAdmins": str(choose.random())})

    def made_outside() -> None:
        sandbox.edit("create", "departments", None, {"displayName": f"Department {choose.random()}"})

    def removed_outside() -> None:
        sandbox.edit("delete", "retentionLabels", some().graph_id)

    def updated() -> None:
        row = some()
        after = {**row.document, "descriptionForUsers": str(choose.random())}
        approve(Wanted(row.kind, Action.UPDATE, row.document, after, row.graph_id))

    def created() -> None:
        approve(Wanted("retentionLabel", Action.CREATE, None, label | {"displayName": f"FIN {choose.random()}"}))

    def adopted() -> None:
        row = some()
        if row.is_drifted:
            approve(Wanted(row.kind, Action.ADOPT, row.agreed, row.document, row.graph_id))

    acts = [edited_outside, made_outside, removed_outside, updated, created, adopted]
    for act in [*choose.choices(acts, k=STEPS), edited_outside, created, removed_outside]:
        act()
        drain()
        seen[Entry.objects.count()] = stored(tenant)
        synchronise(tenant, cause=Cause.COMMAND)
        seen[Entry.objects.count()] = stored(tenant)

    bodies = list(Entry.objects.order_by("pk").values_list("body", flat=True))
    for count, then in seen.items():
        assert rebuilt(bodies[:count]) == then
