"""The nightly check of every chain, and the checkpoints of those that moved (reliability.md 6)."""

from portal.audit import checkpoints
from portal.celery import app
from portal.history import actions
from portal.tenants.models import Tenant
from portal.web import origin

SERVICE = "Nightly check"


@app.task(name="history.checkpoint", ignore_result=True)
def sign_checkpoints() -> None:
    """Sign where every history stands that was added to. No entry tells of it: each would ask for the next."""
    checkpoints.sign_all()


@app.task(name="history.sweep", ignore_result=True)
def check_all() -> None:
    """Check the history of every tenant; what was found is an entry of its own."""
    origin.begin()
    for tenant in Tenant.objects.all():
        actions.check(tenant, service=SERVICE)
