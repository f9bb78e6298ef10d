"""Everything a tenant holds that is not what was agreed, as cases to decide on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from portal.changes.difference import Difference, Row, difference
from portal.changes.impact import LABEL
from portal.changes.models import OPEN, Change, ChangeRequest, Push
from portal.changes.objects import key_of
from portal.errors import Invalid, Stale
from portal.mirror import kinds
from portal.mirror.kinds import Kind
from portal.mirror.models import Mirrored, MirroredQuerySet
from portal.tenants.models import Tenant

MOST = 100  # cases of one request; more than anybody reads


class Key(NamedTuple):
    """A case as it was read: its kind, the key of its row, and the hash of what the tenant held."""

    kind: str
    pk: int
    document_hash: str

    def __str__(self) -> str:
        return ":".join(map(str, self))


@dataclass(frozen=True)
class Case:
    """One object that differs from what was agreed, or that was never agreed on. `requests` are open on it.

    `sees`: whether the reader sees what the tenant limits.
    """

    row: Mirrored
    requests: tuple[ChangeRequest, ...] = ()
    sees: bool = True

    @property
    def key(self) -> Key:
        return Key(self.row.kind, self.row.pk, self.row.document_hash)

    @property
    def kind(self) -> Kind:
        return kinds.of(self.row.kind)

    @property
    def is_label(self) -> bool:
        return self.row.kind == LABEL

    @property
    def was_made_outside(self) -> bool:
        return self.row.agreed is None

    @cached_property
    def difference(self) -> Difference:
        """What was agreed beside what the tenant holds."""
        return difference(self.kind, self.row.agreed, self.row.document, sees=self.sees)

    @property
    def changed(self) -> list[Row]:
        """The settings that differ from what was agreed; none when it was made outside."""
        return [] if self.was_made_outside else list(self.difference.changed)

    @property
    def who(self) -> str:
        """Who made or changed it, according to Graph; empty when Graph does not tell."""
        return self.row.changed_by or (self.row.created_by if self.was_made_outside else "")

    @property
    def at(self) -> datetime | None:
        """When, according to Graph."""
        return self.row.changed_at or self.row.created_at


def count(tenant: Tenant) -> int:
    """How many cases a tenant has."""
    return _listed(tenant).count()


def listed(tenant: Tenant) -> QuerySet[Any, tuple[str, str, int]]:
    """Kind, name and key of every case in one query, in the order pages list them."""
    return _listed(tenant).order_by("kind", "display_name", "pk")


def _listed(tenant: Tenant) -> QuerySet[Any, tuple[str, str, int]]:
    first, *others = [
        rows.drifted().order_by().values_list("kind", "display_name", "pk") for rows in _rows(tenant).values()
    ]
    return first.union(*others, all=True)


def _rows(tenant: Tenant) -> dict[type[Mirrored], MirroredQuerySet[Mirrored]]:
    """The rows of a tenant, by the table they stand in."""
    names: dict[type[Mirrored], list[str]] = {}
    for kind in kinds.listed():
        names.setdefault(kind.model, []).append(kind.name)
    return {model: model._default_manager.filter(tenant=tenant, kind__in=of_it) for model, of_it in names.items()}


def cases(tenant: Tenant, page: Iterable[tuple[str, str, int]], *, sees: bool) -> list[Case]:
    """The cases of a page, in its order: one query for each kind of row, one for the open requests."""
    wanted = [(kind, pk) for kind, _name, pk in page]
    rows: dict[tuple[str, int], Mirrored] = {}
    for model, held in _rows(tenant).items():
        keys = [pk for kind, pk in wanted if kinds.of(kind).model is model]
        rows |= {(row.kind, row.pk): row for row in held.filter(pk__in=keys).select_related("tenant")}
    found = [rows[key] for key in wanted if key in rows]
    opened = open_on(tenant, found)
    return [Case(row, tuple(opened.get((row.kind, row.graph_id), ())), sees) for row in found]


def open_on(tenant: Tenant, rows: Sequence[Mirrored]) -> dict[tuple[str, str], list[ChangeRequest]]:
    """The requests that are open on objects of the mirror, newest first, by kind and Graph id."""
    changes = (
        Change.objects.filter(request__tenant=tenant, request__state__in=OPEN, kind__in={row.kind for row in rows})
        .filter(target__in={row.graph_id for row in rows})
        .exclude(push__in=[Push.DONE, Push.CANCELLED])
        .select_related("request__tenant")
        .order_by("-request__number")
    )
    found: dict[tuple[str, str], list[ChangeRequest]] = {}
    for change in changes:
        held = found.setdefault((change.kind, change.target), [])
        held += [] if change.request in held else [change.request]
    return found


def chosen(tenant: Tenant, keys: Sequence[str]) -> list[Mirrored]:
    """The rows somebody read and chose.

    Raises Stale if one is no longer what was read or no longer differs, Invalid for nothing, too much or twins, Http404
    for what is not this tenant's.
    """
    read = [_read(key) for key in dict.fromkeys(keys)]
    if not 0 < len(read) <= MOST:
        raise Invalid(_("Choose at least one object, and not more than %(most)d at once.") % {"most": MOST})
    rows = [_row(tenant, key) for key in read]
    if len({key_of(row.kind, row.document) for row in rows}) < len(rows):
        raise Invalid(_("Two of these have the same name. Decide on them one after the other."))
    return rows


def _read(key: str) -> Key:
    found = re.fullmatch(r"([a-zA-Z]{1,40}):([0-9]{1,18}):([0-9a-f]{64})", key)
    if found is None or found[1] not in {kind.name for kind in kinds.listed()}:
        raise Invalid(_("It is not clear which object this is about. Reload the page and choose again."))
    return Key(found[1], int(found[2]), found[3])


def _row(tenant: Tenant, key: Key) -> Mirrored:
    row: Mirrored = get_object_or_404(kinds.of(key.kind).rows(tenant).select_related("tenant"), pk=key.pk)
    if not row.is_drifted or row.document_hash != key.document_hash:
        raise Stale(_("What you chose is no longer as you read it. Reload the page and look again."))
    return row
