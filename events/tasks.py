"""Doorbells. What is due stands in the database; each of these may be rung twice, late, or never."""

from events import following
from portal.celery import app
from portal.doorbell import ring
from portal.tenants.models import Tenant
from portal.web import origin


@app.task(name="events.follow", ignore_result=True)
def follow_tenant(tenant_id: int) -> None:
    """Look how far the events of a tenant have spread."""
    origin.begin()
    following.follow(Tenant.objects.get(pk=tenant_id))


@app.task(name="events.sweep", ignore_result=True)
def sweep() -> None:
    """Ring for every tenant with an event to look at, so that one that is slow stops no other."""
    for tenant in Tenant.objects.all():
        if following.due(tenant).exists():
            ring(tenant.pk, "events.follow")
