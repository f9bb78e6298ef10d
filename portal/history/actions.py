"""What reading and checking the history leaves in it."""

from django.db import transaction

from portal.audit import trail
from portal.audit.checks import CHECKED
from portal.audit.models import Chain, Result
from portal.audit.verify import Verdict, verify
from portal.history import queries
from portal.tenants.models import Person, Tenant


def check(tenant: Tenant, *, by: Person | None = None, service: str = "") -> Verdict | None:
    """Check the tenant's whole chain and write down what was found; None while there is nothing to check.

    Takes about a second per 50,000 entries. Nothing is held meanwhile, so work goes on.
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
            head=verdict.head,
            broken_at=verdict.broken_at,
            because=str(verdict.because),
        )
    return verdict


@transaction.atomic
def note_reading(tenant: Tenant, *, by: Person) -> None:
    """Reading the history is part of it, once in a quarter of an hour for each person (reliability.md 6)."""
    if not queries.was_read_lately(tenant, by=by):
        trail.record(tenant, queries.LOOKED_AT, by=by)
