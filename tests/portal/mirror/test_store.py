from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labels.models import Descriptor
from portal.audit import canonical
from portal.audit.canonical import Uncanonical
from portal.mirror import kinds, store
from portal.mirror.kinds import Incomplete
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Tenant

pytestmark = pytest.mark.django_db
CITATION = kinds.of("citation")
READ_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def raw(**fields: Any) -> dict[str, Any]:
    return {
        "id": "c-1",
        "displayName": "Rent Act s. 4",
        "citationUrl": "https://example.test/4",
        "citationJurisdiction": None,
        "createdBy": {"user": {"id": "u-1", "displayName": "Maren Okafor"}},
        "createdDateTime": "2023-02-06T09:15:00Z",
        **fields,
    }


def document(**fields: Any) -> dict[str, Any]:
    return {
        "displayName": "Rent Act s. 4",
        "citationUrl": "https://example.test/4",
        "citationJurisdiction": "",
        **fields,
    }


def keep(tenant: Tenant, answer: dict[str, Any], agreed: dict[str, Any]) -> Mirrored:
    return store.keep(CITATION, tenant, answer, read_at=READ_AT, agreed=agreed)


def agreed_on(tenant: Tenant, **fields: Any) -> Mirrored:
    """A row the tenant holds and everybody agreed on."""
    row = keep(tenant, raw(**fields), {})
    tenant.baseline_at = clock.now()
    tenant.save()
    row.refresh_from_db()
    assert not row.is_drifted
    return row


def test_columns_hold_the_answer_and_what_it_means() -> None:
    held = store.columns(CITATION, raw(), read_at=READ_AT)

    assert (held["raw"], held["document"], held["display_name"]) == (raw(), document(), "Rent Act s. 4")
    assert held["document_hash"] == canonical.sha256(document())
    assert (held["seen_at"], held["gone_at"]) == (READ_AT, None)
    assert (held["created_by"], held["created_at"]) == ("Maren Okafor", datetime(2023, 2, 6, 9, 15, tzinfo=UTC))
    assert (held["changed_by"], held["changed_at"]) == ("", None)
    assert held["citation_url"] == "https://example.test/4"


def test_columns_refuse_what_has_no_canonical_form() -> None:
    with pytest.raises(Uncanonical):
        store.columns(CITATION, raw(displayName="Rent\0Act"), read_at=READ_AT)


def test_columns_refuse_an_answer_without_a_name() -> None:
    with pytest.raises(Incomplete):
        store.columns(CITATION, raw(displayName=None), read_at=READ_AT)


def test_changed_by_falls_back_on_who_created_it() -> None:
    later = {"lastModifiedBy": {"user": {"displayName": "g.meyer"}}}

    assert (store.changed_by(raw(**later)), store.changed_by(raw()), store.changed_by({})) == (
        "g.meyer",
        "Maren Okafor",
        "",
    )


def test_keep_agrees_on_what_was_created(tenant: Tenant) -> None:
    row = keep(tenant, raw(), document())

    held = Descriptor.objects.get()
    assert (row.pk, held.kind, held.graph_id, held.seen_at) == (held.pk, "citation", "c-1", READ_AT)
    assert (held.document, held.agreed, held.agreed_hash) == (document(), document(), held.document_hash)


def test_keep_agrees_on_the_fields_that_were_sent_alone(tenant: Tenant) -> None:
    """Somebody else's edit of another field stays drift."""
    agreed_on(tenant)
    answer = raw(citationUrl="https://example.test/new", citationJurisdiction="Theirs")

    row = keep(tenant, answer, {"citationUrl": "https://example.test/new"})

    assert row.document == document(citationUrl="https://example.test/new", citationJurisdiction="Theirs")
    assert row.agreed == document(citationUrl="https://example.test/new")
    assert row.is_drifted


def test_keep_writes_one_row_for_one_object(tenant: Tenant, other_tenant: Tenant) -> None:
    agreed_on(tenant)
    keep(other_tenant, raw(), document())

    keep(tenant, raw(citationUrl=""), {"citationUrl": ""})

    assert (
        Descriptor.objects.filter(tenant=tenant).count() == Descriptor.objects.filter(tenant=other_tenant).count() == 1
    )
    assert Descriptor.objects.get(tenant=other_tenant).citation_url == "https://example.test/4"


def test_keep_brings_back_what_was_gone(tenant: Tenant) -> None:
    row = agreed_on(tenant)
    Descriptor.objects.update(gone_at=clock.now() - timedelta(days=1), agreed=None, agreed_hash="")

    kept = keep(tenant, raw(), document())

    assert (kept.pk, kept.gone_at, kept.is_drifted) == (row.pk, None, False)
