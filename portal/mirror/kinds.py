"""The seam: what the portal needs to know of one kind of object. Declared in its app, registered when it is ready.

A Kind is data and pure functions (design.md). Listing, fetching, sending, finding and storing are written once.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.mirror.models import Mirrored, MirroredQuerySet
from portal.tenants.models import Tenant

Raw = dict[str, Any]
Document = dict[str, Any]


class Incomplete(Exception):
    """Graph's answer lacks a navigation key that was asked for; absence never reads as empty (contract 3.7, 3.8)."""


class Action(models.TextChoices):
    """What a change does."""

    CREATE = "create", _("Create")
    UPDATE = "update", _("Change")
    DELETE = "delete", _("Delete")
    ADOPT = "adopt", _("Adopt")


class Level(models.TextChoices):
    """How much a finding asks of the author (domain-rules.md 2.8)."""

    BLOCK = "block", _("Must be fixed")
    CONFIRM = "confirm", _("Needs confirmation")
    WARN = "warn", _("Worth checking")


@dataclass(frozen=True)
class Finding:
    """What a rule has to say about a change. `field` is a path in the document, such as `dispositionReviewStages.2`."""

    rule: str
    level: Level
    field: str
    message: str
    two_approvers: bool = False


@dataclass(frozen=True)
class Reference:
    """Something a document names: the kind and display name of the object, and the field that names it."""

    kind: str
    name: str
    field: str
    parent: str = ""


@dataclass(frozen=True)
class Line:
    """One setting of a document in words. `path` is stable between versions, so that two documents can be compared."""

    path: str
    label: str
    text: str


@dataclass(frozen=True)
class Known:
    """An object as it would stand once the request is carried out. `proposed`: not in the tenant yet."""

    kind: str
    document: Document
    graph_id: str = ""
    in_use: bool = False
    proposed: bool = False
    created_at: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.document["displayName"])


@dataclass(frozen=True)
class Proposal:
    """One change as a rule reads it.

    `base` is what the tenant held when it was drafted, None for a creation; `after` what is wanted, None for a
    deletion; `in_use` what Graph said of the object last, None if it did not say.
    """

    kind: str
    action: Action
    base: Document | None
    after: Document | None
    in_use: bool | None = False

    @property
    def document(self) -> Document:
        """What the change is about: the wanted document, or the one to be deleted."""
        return self.after or self.base or {}

    def touches(self, *fields: str) -> bool:
        """Whether any of these top-level fields differs between base and after; all do in a creation."""
        if self.base is None or self.after is None:
            return True
        return any(self.base.get(name) != self.after.get(name) for name in fields)


def folded(name: str) -> str:
    """A name as Purview compares names: NFC, without outer spaces, ignoring case (VR-03)."""
    return unicodedata.normalize("NFC", name).strip().casefold()


@dataclass(frozen=True)
class Plan:
    """The tenant as it would stand without the change under test: the mirror plus the request's other changes.

    `drafted`: (kind, folded name) of what other open requests would create. `domains`: the tenant's mail domains.
    `beneath`: what many plans have in common, indexed once for all of them.
    """

    objects: tuple[Known, ...] = ()
    drafted: frozenset[tuple[str, str]] = frozenset()
    domains: tuple[str, ...] = ()
    beneath: "Plan | None" = None

    def of(self, kind: str) -> list[Known]:
        """Every object of a kind."""
        own = [known for _name, known in self._by_kind.get(kind, ())]
        return [*own, *self.beneath.of(kind)] if self.beneath else own

    def others(self, kind: str, name: str) -> list[Known]:
        """Every object of a kind but the one of that name, as Purview compares names."""
        own = folded(name)
        others = [known for held, known in self._by_kind.get(kind, ()) if held != own]
        return [*others, *self.beneath.others(kind, name)] if self.beneath else others

    def find(self, kind: str, name: str, *, parent: str = "") -> Known | None:
        """The object of that name, as Purview compares names; `parent` narrows a subcategory to its category."""
        found = self._by_name.get((kind, folded(name), folded(parent)))
        return self.beneath.find(kind, name, parent=parent) if found is None and self.beneath else found

    def users(self, kind: str, name: str) -> list[Known]:
        """The objects that name this one."""
        own = self._users.get((kind, folded(name)), [])
        return [*own, *self.beneath.users(kind, name)] if self.beneath else own

    @cached_property
    def _by_kind(self) -> dict[str, list[tuple[str, Known]]]:
        """With folded names, so that a whole plan is judged without folding each name for each other."""
        found: dict[str, list[tuple[str, Known]]] = {}
        for known in self.objects:
            found.setdefault(known.kind, []).append((folded(known.name), known))
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], Known]:
        found: dict[tuple[str, str, str], Known] = {}
        for known in self.objects:
            parent = parent_name(known.kind, known.document)
            found.setdefault((known.kind, folded(known.name), folded(parent)), known)
            found.setdefault((known.kind, folded(known.name), ""), known)
        return found

    @cached_property
    def _users(self) -> dict[tuple[str, str], list[Known]]:
        users: dict[tuple[str, str], list[Known]] = {}
        for known in self.objects:
            for reference in of(known.kind).references(known.document):
                users.setdefault((reference.kind, folded(reference.name)), []).append(known)
        return users


Bind = Callable[[Reference], str]
Named = Callable[[str], str]


def everything(base: Document | None, after: Document) -> Document:
    """Graph can bring an object of most kinds to any document its rules allow."""
    return after


@dataclass(frozen=True)
class Advance:
    """How an object approves others in advance, told by its agreed document (S27).

    covers     agreed, wanted, what the wanted repeats (None: nothing) -> whether it approves the wanted
    source     agreed -> the name of the one system whose requests it approves
    last_day   agreed -> the last day on which it approves anything; None: none at all
    most       agreed -> how many it approves on one day
    """

    covers: Callable[[Document, Document, Document | None], bool]
    source: Callable[[Document], str]
    last_day: Callable[[Document], date | None]
    most: Callable[[Document], int]


@dataclass(frozen=True)
class Kind:
    """One kind of object: data and pure functions.

    document   Graph's answer -> document; raises Incomplete when a navigation key is absent
    body       document, fields to send (None: a creation), bind -> request body; `bind` turns a reference into a URL
    partial    request body -> the part of a document it carries; `named` turns a bound URL back into a name (G1)
    references document -> what it names; this alone gives order, binding and *used by*
    columns    document, raw -> typed columns of the model, which lists filter by
    lines      document -> its settings in words, in reading order
    check      proposal, plan -> findings
    in_review  the fields an approver may edit in review
    blank      the document of an object with nothing set, which a creation is compared with
    reach      base, after -> the nearest document Graph itself can be brought to; the rest is carried by a person
    once       it happens once, is never changed and cannot be taken back: it bears a marker (markers.py), is found by
               it alone, waits for its day, and whatever is read back otherwise is an incident
    settles    how many settle times Graph may take to list it (reliability.md 3, rule 11)
    near       document -> which of many rows its rules have to see; None: all of them
    alike      document -> texts; of one request, its rules have to see what shares one of them. Beside `near`
    limited    the fields that a tenant may show to authors and approvers alone (veil.py)
    path       where Graph has it; "" for what Fileplan alone keeps
    approvers  how many people at least decide on it, whatever a tenant's policy says
    advance    how it approves others in advance; None: it does not
    """

    name: str
    noun: str | Promise
    plural: str | Promise
    model: type[Mirrored]
    path: str
    actions: frozenset[Action]
    document: Callable[[Raw], Document]
    body: Callable[[Document, Iterable[str] | None, Bind], Raw]
    partial: Callable[[Raw, Named], Document]
    references: Callable[[Document], tuple[Reference, ...]]
    columns: Callable[[Document, Raw], dict[str, Any]]
    lines: Callable[[Document], tuple[Line, ...]]
    check: Callable[[Proposal, Plan], list[Finding]]
    blank: Callable[[], Document] = dict
    reach: Callable[[Document | None, Document], Document] = everything
    updatable: tuple[str, ...] = ()
    in_review: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    parent: str = ""
    bind_parenthesised: bool = True
    once: bool = False
    settles: int = 1
    near: Callable[[Document], Q] | None = None
    alike: Callable[[Document], Iterable[str]] = lambda document: ()
    approvers: int = 1
    advance: Advance | None = None

    @property
    def is_kept(self) -> bool:
        """Whether Fileplan alone keeps it: nothing of it is listed, sent or found changed."""
        return not self.path

    def rows(self, tenant: Tenant) -> "MirroredQuerySet[Mirrored]":
        """The mirror's rows of this kind."""
        return self.model._default_manager.filter(tenant=tenant, kind=self.name)


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Make kinds known to the portal; a second of the same name replaces the first."""
    _kinds.update({kind.name: kind for kind in kinds})


def of(name: str) -> Kind:
    """The kind of that name. Raises KeyError."""
    return _kinds[name]


def every() -> tuple[Kind, ...]:
    """All kinds, in the order they were registered: what is named comes before what names it."""
    return tuple(_kinds.values())


def listed() -> tuple[Kind, ...]:
    """The kinds that Graph has, in the same order."""
    return tuple(kind for kind in every() if not kind.is_kept)


def parent_name(kind: str, document: Document) -> str:
    """The display name of the object this one lives in; empty for all but subcategories."""
    parent = of(kind).parent
    if not parent:
        return ""
    return next((reference.name for reference in of(kind).references(document) if reference.kind == parent), "")
