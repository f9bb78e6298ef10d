import pytest
from django.db import IntegrityError
from django.utils import timezone

from labels.models import RetentionLabel
from portal.mirror import kinds, store
from portal.tenants.models import Tenant
from tests.labels.test_document import answered


def test_a_label_with_unknown_settings_can_be_stored(tenant: Tenant) -> None:
    kind = kinds.of("retentionLabel")
    raw = answered(behaviorDuringRetentionPeriod="freeze", retentionDuration={"days": 99_999})
    held = store.columns(kind, raw, read_at=timezone.now())

    row = RetentionLabel.objects.create(tenant=tenant, kind=kind.name, graph_id=raw["id"], **held)
    row.refresh_from_db()

    assert (row.behavior, row.retention_days, row.document["retentionDuration"]) == ("freeze", None, {"days": 99_999})


@pytest.mark.parametrize("days", [0, 36_526])
def test_a_label_holds_one_day_to_a_hundred_years(tenant: Tenant, days: int) -> None:
    kind = kinds.of("retentionLabel")
    held = store.columns(kind, answered(), read_at=timezone.now()) | {"retention_days": days}

    with pytest.raises(IntegrityError, match="labels_retentionlabel_days_in_range"):
        RetentionLabel.objects.create(tenant=tenant, kind=kind.name, graph_id="1", **held)
