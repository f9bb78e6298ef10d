"""References to ids and back. A body is built through one and proved through the other (G1)."""

import re
from urllib.parse import unquote

from django.utils.translation import gettext as _

from portal.graph import clouds
from portal.graph.reading import bind_url
from portal.mirror import kinds
from portal.mirror.kinds import Bind, Kind, Named, Reference
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant


class Missing(Exception):
    """Something a document names is not in the tenant."""


def find(tenant: Tenant, reference: Reference) -> Mirrored:
    """The mirror's row of what is named: by exact display name, then ignoring case. Raises Missing."""
    kind = kinds.of(reference.kind)
    wanted = kinds.folded(reference.name)
    rows = [row for row in kind.rows(tenant).here() if kinds.folded(row.display_name) == wanted]
    if reference.parent:
        rows = [row for row in rows if _is_below(row, reference.parent)]
    exact = [row for row in rows if row.display_name == reference.name]
    for row in [*exact, *rows]:
        return row
    raise Missing(_("The %(kind)s “%(name)s” is not in the tenant.") % {"kind": kind.noun, "name": reference.name})


def binder(tenant: Tenant, sender: Kind) -> Bind:
    """How a body of this kind names other objects: by absolute address, same root and version (contract 4.5)."""
    root = clouds.root_of(tenant.cloud, tenant.sandbox_root)

    def bind(reference: Reference) -> str:
        row, kind = find(tenant, reference), kinds.of(reference.kind)
        return bind_url(root, tenant.api_version, kind.path, row.graph_id, sender.bind_parenthesised)

    return bind


def namer(tenant: Tenant) -> Named:
    """The way back: what the mirror calls the object at an address."""

    def named(url: str) -> str:
        kind = next((kind for kind in kinds.listed() if f"/{kind.path}" in url), None)
        match = re.search(r"\('([^/]*)'\)$", url) or re.search(r"/([^/]+)$", url)
        if kind is None or match is None:
            raise Missing(_("An address names nothing known."))
        graph_id = unquote(match[1]).replace("''", "'")
        row = kind.rows(tenant).here().filter(graph_id=graph_id).first()
        if row is None:
            raise Missing(_("An address names nothing the mirror holds."))
        return row.display_name

    return named


def parent_of(tenant: Tenant, kind: Kind, document: kinds.Document) -> kinds.Raw | None:
    """What an object lives in, as the listing remembers it; None for kinds that live in nothing. Raises Missing."""
    name = kinds.parent_name(kind.name, document)
    if not kind.parent:
        return None
    row = find(tenant, Reference(kind.parent, name, kind.parent))
    return {"id": row.graph_id, "displayName": row.display_name}


def _is_below(row: Mirrored, parent: str) -> bool:
    return kinds.folded(kinds.parent_name(row.kind, row.document)) == kinds.folded(parent)
