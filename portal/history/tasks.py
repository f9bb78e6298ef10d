"""The nightly check of every chain (reliability.md 6)."""

from portal.celery import app
from portal.history import actions
from portal.tenants.models import Tenant
from portal.web import origin

SERVICE = "Nightly check"


@app.task(name="history.sweep", ignore_result=True)
def check_all() -> None:
    """Check the history of every tenant; what was found is an entry of its own."""
    origin.begin()
    for tenant in Tenant.objects.all():
        actions.check(tenant, service=SERVICE)
