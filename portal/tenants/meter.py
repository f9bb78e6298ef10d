"""How often something may be done, as one number in the database, so that every process counts alike.

The number is the moment at which everything done so far is forgotten. Each time moves it on by one interval; it may be
ahead of now by as many intervals as may be done at once. A single UPDATE compares and moves it.
"""

from math import ceil

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from portal.tenants import clock
from portal.tenants.models import Meter


@transaction.atomic
def wait(name: str, *, burst: int, per_second: float) -> int:
    """Count one more. Returns 0 if it may be done, otherwise after how many seconds to try again; that is not counted.

    `burst` may be done at once, after that `per_second`.
    """
    Meter.objects.get_or_create(name=name)
    now, interval = clock.now().timestamp(), 1 / per_second
    room = now + (burst - 1) * interval
    meter = Meter.objects.filter(name=name)
    if meter.filter(filled_at__lte=room).update(filled_at=Greatest(F("filled_at"), Value(now)) + interval):
        return 0
    filled_at = meter.values_list("filled_at", flat=True).get()
    return max(1, ceil(filled_at - room))


@transaction.atomic
def forget(name: str) -> None:
    """Count from nothing again."""
    Meter.objects.filter(name=name).update(filled_at=0)
