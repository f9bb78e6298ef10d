"""What reading and checking the history leaves in it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import export as exports
from portal.audit import trail
from portal.audit.checks import CHECKED
from portal.audit.models import Chain, EntryQuerySet, Result
from portal.audit.verify import Verdict, verify
from portal.errors import TooOften
from portal.history import queries
from portal.tenants.models import Person, Tenant

EXPORTS_A_MINUTE = 10  # of one person, from one tenant


def check(tenant: Tenant, *, by: Person | None = None, service: str = "") -> Verdict | None:
    """Check the tenant's whole chain and write down what was found; None while there is nothing to check.

    Takes about a second per 80,000 entries. Nothing is held meanwhile, so work goes on.
    """
    chain = Chain.objects.filter(tenant=tenant).first()
    if chain is None:
        return None
    verdict = verify(chain)
    with transaction.atomic():
        trail.record(
            tenant,
            CHECKED,
            by=by,
            service=service,
            result=Result.OK if verdict.is_unbroken else Result.ERROR,
            count=verdict.count,
            checkpoints=verdict.checkpoints,
            head=verdict.head,
            broken_at=verdict.broken_at,
            because=str(verdict.because),
        )
    return verdict


def export(tenant: Tenant, *, by: Person, wanted: EntryQuerySet, asked: dict[str, Any]) -> exports.Export:
    """Begin to write out the tenant's chain, with the content of the `wanted` entries; `asked` is the filter.

    Raises TooOften after ten in a minute (S33), OSError if no checkpoint can be signed for its end.
    """
    if queries.exports_lately(tenant, by=by) >= EXPORTS_A_MINUTE:
        raise TooOften(_("You exported this history ten times within a minute. Wait a minute, then export it again."))
    told = {name: str(value) for name, value in asked.items()}
    return exports.export(tenant, wanted=wanted, asked=told, by=by)


@transaction.atomic
def note_reading(tenant: Tenant, *, by: Person) -> None:
    """Reading the history is part of it, once in a quarter of an hour for each person (reliability.md 6)."""
    if not queries.was_read_lately(tenant, by=by):
        trail.record(tenant, queries.LOOKED_AT, by=by)
