"""Trying each listing once, so that a missing right shows before work needs it (contract 2.1)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.audit import trail
from portal.audit.models import Result
from portal.errors import Refused
from portal.graph.client import Client
from portal.graph.errors import GraphError, NotSent, Rejected, Throttled
from portal.mirror import kinds
from portal.tenants import clock, connection
from portal.tenants.graph import client
from portal.tenants.models import Account, Connection, Person, Tenant

WAITS = _("Microsoft asked to wait. Check again in a few minutes.")


def check(tenant: Tenant, *, by: Person | None = None) -> None:
    """Ask for the first page of every kind that is listed by itself, and keep what came, with one entry.

    What Microsoft asks to wait for is not tried; nothing is kept for a tenant without an account.
    """
    try:
        graph = client(tenant)
    except Refused:
        return
    found = [_tried(tenant, graph, kind) for kind in kinds.listed() if "{" not in kind.path]
    _keep(tenant, found, by)


def _tried(tenant: Tenant, graph: Client, kind: kinds.Kind) -> dict[str, Any]:
    told: dict[str, Any] = {"what": str(kind.plural), "found": 0, "because": ""}
    try:
        told["found"] = _first_page(graph, kind)
    except GraphError as exc:
        connection.note(tenant, exc)
        told["because"] = _because(tenant, exc)
    return told


def _first_page(graph: Client, kind: kinds.Kind) -> int:
    """How much is on it; asked for once more where it was not sent, since then there is a new token."""
    try:
        return len(next(graph.pages(kind.path)).items)
    except NotSent:
        return len(next(graph.pages(kind.path)).items)


def _because(tenant: Tenant, exc: GraphError) -> str:
    """Why a listing did not answer, in words, with what Microsoft's support asks for."""
    held = Connection.objects.get(tenant=tenant)
    if held.has_lapsed:
        return held.held_because
    if isinstance(exc, Rejected) and exc.denied:
        words = _("Refused (%(status)s %(code)s): consent or the Purview role is missing.")
    elif isinstance(exc, Rejected):
        words = _("Refused (%(status)s %(code)s).")
    elif isinstance(exc, Throttled):
        return str(WAITS)
    elif isinstance(exc, NotSent):
        words = _("Microsoft could not be reached from here. Check the ways through the firewall.")
    else:
        words = _("The answer could not be read.")
    told = str(words) % {"status": exc.status, "code": exc.code}
    return told + (" " + str(_("Support reference %(id)s.")) % {"id": exc.request_id} if exc.request_id else "")


@transaction.atomic
def _keep(tenant: Tenant, found: list[dict[str, Any]], by: Person | None) -> None:
    kept = Account.objects.filter(tenant=tenant).exclude(cache="").update(checked=found, checked_at=clock.now())
    refused = [one["what"] for one in found if one["because"]]
    if kept:
        trail.record(
            tenant,
            "account.checked",
            by=by,
            service="" if by else "Check",
            result=Result.ERROR if refused else Result.OK,
            read=[one["what"] for one in found if not one["because"]],
            refused=refused,
        )
