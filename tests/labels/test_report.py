"""What stands out in a tenant that already lives."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labels.report import Limit, Report, breaking, judged
from portal.changes.objects import key_of
from portal.changes.plans import plan_without
from portal.mirror.kinds import Level
from portal.tenants.models import Tenant
from tests.changing import ran
from tests.happening import event
from tests.labels.builders import FOREVER, described, followed, in_days, on_event, reviewed, stage
from tests.labels.factories import mirror, mirror_label

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """It holds what the builders' labels name, and an event type nobody uses."""
    mirror(tenant, "authority", {"displayName": "Legal"})
    for name in ("Employee departure", "Contract end"):
        mirror(tenant, "retentionEventType", {"displayName": name, "description": ""})
    return tenant


def test_report_counts_labels_by_setting(tenant: Tenant) -> None:
    mirror_label(tenant, displayName="A")
    mirror_label(tenant, displayName="B", behaviorDuringRetentionPeriod="retainAsRecord")
    mirror_label(tenant, displayName="C", retentionDuration=FOREVER, actionAfterRetentionPeriod="none")

    report = Report(tenant)

    assert [(one.word, one.count, one.query) for one in report.kept_as] == [
        ("Retain", 2, "kept=retain"),
        ("Retain as a record", 1, "kept=retainAsRecord"),
    ]
    assert [(one.word, one.count) for one in report.starts] == [("The day it was created", 3)]
    assert [(one.word, one.count) for one in report.then] == [("Delete", 2), ("Do nothing", 1)]
    assert [(one.word, one.count, one.query) for one in report.periods] == [
        ("3,653 days (10 calendar years)", 2, "period=3653"),
        ("For ever", 1, "period=forever"),
    ]


def test_report_shows_what_graph_added_as_it_came(tenant: Tenant) -> None:
    mirror_label(tenant, behaviorDuringRetentionPeriod="retainOnTheMoon", retentionTrigger=None, retentionDuration=None)

    report = Report(tenant)

    assert [(one.word, one.query) for one in report.kept_as] == [("“retainOnTheMoon”, unknown to Fileplan", "")]
    assert [(one.word, one.query) for one in report.starts] == [("not set", "")]
    assert [(one.word, one.query) for one in report.periods] == [("None", "period=none")]


def test_report_lists_the_rules_that_labels_do_not_keep(tenant: Tenant) -> None:
    mirror_label(tenant, displayName="In order")
    short = mirror_label(tenant, displayName="Years", retentionDuration=in_days(3650))
    wrong = mirror_label(tenant, displayName="Bad #1", retentionDuration=in_days(365))

    report = Report(tenant)

    assert [(one.rule, one.is_refused, [held.pk for held, _said in one.labels]) for one in report.broken] == [
        ("VR-05", True, [wrong.pk]),
        ("VR-70", False, [wrong.pk, short.pk]),
        ("VR-04", False, [wrong.pk]),
    ]
    assert report.in_order == 1
    assert list(breaking(tenant, "VR-70")) == [wrong.pk, short.pk]


def test_report_only_warns(tenant: Tenant) -> None:
    mirror_label(tenant, displayName="Bad #1")

    assert {
        finding.level for label in Report(tenant).labels for finding in judged(label.document, Report(tenant).plan)
    } == {Level.WARN}


def test_report_judges_each_label_as_the_rules_judge_it_alone(tenant: Tenant) -> None:
    """One plan for all of them says what a plan without the label itself says."""
    mirror_label(tenant, displayName="First", **{k: v for k, v in followed("Second").items() if k != "displayName"})
    mirror_label(tenant, displayName="Second", descriptors=described())
    mirror_label(tenant, displayName="Twin", descriptors=described())
    fields = reviewed(stage(1, "Legal", "a@harrow.test", "A@harrow.test"), displayName="Reviewed")
    mirror_label(tenant, **fields)
    mirror_label(tenant, **on_event(displayName="Event", retentionEventType="Not there"))
    report = Report(tenant)

    alone = {
        label.name: judged(
            label.document,
            plan_without(key_of("retentionLabel", label.document), tenant, (), request=None, creation=False),
        )
        for label in report.labels
    }

    assert {label.name: judged(label.document, report.plan) for label in report.labels} == alone
    assert all(alone[name] for name in ("First", "Second", "Reviewed", "Event"))


def test_report_groups_labels_that_are_alike(tenant: Tenant) -> None:
    mirror_label(tenant, displayName="A", descriptionForUsers="One")
    mirror_label(tenant, displayName="B", descriptionForUsers="Two")
    mirror_label(tenant, displayName="C", retentionDuration=in_days(900))

    assert [[label.name for label in group] for group in Report(tenant).alike] == [["A", "B"]]


def test_report_names_labels_without_a_legal_basis(tenant: Tenant) -> None:
    mirror_label(tenant, displayName="With")
    mirror_label(tenant, displayName="Without", descriptors=described())
    mirror_label(tenant, displayName="Not kept", descriptors=described(), behaviorDuringRetentionPeriod="doNotRetain")

    assert [label.name for label, _said in Report(tenant).without_basis.labels] == ["Without"]


def test_report_names_event_types_no_label_starts_on(tenant: Tenant) -> None:
    mirror_label(tenant, **on_event())

    assert Report(tenant).idle_event_types == ["Contract end"]


def test_report_tells_how_far_the_limits_are(tenant: Tenant) -> None:
    mirror_label(tenant, **reviewed(stage(1, "Legal", "a@harrow.test", "b@harrow.test", "A@harrow.test")))

    report = Report(tenant)

    assert (report.label_limit, report.reviewer_limit) == (Limit(1, 1000), Limit(2, 200))


@pytest.mark.parametrize(("used", "left", "near"), [(899, 101, False), (900, 100, True), (1001, 0, True)])
def test_limit_is_near_from_nine_tenths_on(used: int, left: int, near: bool) -> None:
    limit = Limit(used, 1000)

    assert (limit.left, limit.is_near) == (left, near)


def test_report_leaves_other_tenants_and_what_is_gone_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    mirror_label(other_tenant, displayName="Bad #1")
    gone = mirror_label(tenant, displayName="Bad #2")
    type(gone).objects.filter(pk=gone.pk).update(gone_at=gone.seen_at)

    report = Report(tenant)

    assert (report.labels, report.broken, report.alike) == ((), [], [])


def test_report_costs_the_same_for_one_label_and_three(tenant: Tenant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            report = Report(tenant)
            assert [report.kept_as, report.starts, report.then, report.periods, report.run]
            assert [report.broken, report.alike, report.without_basis, report.idle_event_types]
            assert [report.label_limit, report.reviewer_limit, report.in_order]
        return len(asked)

    ran(tenant)
    mirror_label(tenant, displayName="A")
    one = queries()
    for name in ("B", "C #"):
        mirror_label(tenant, displayName=name)

    assert queries() == one


def test_report_lists_event_types_without_events(tenant: Tenant) -> None:
    mirror_label(tenant, **on_event())
    mirror(tenant, "retentionEventType", {"displayName": "Old", "description": ""}, created_at=LONG_AGO)
    mirror_label(tenant, **on_event(displayName="Waits", retentionEventType="Old"))
    mirror(tenant, "retentionEventType", {"displayName": "Never", "description": ""}, created_at=LONG_AGO)
    mirror_label(tenant, **on_event(displayName="Waits on", retentionEventType="Never"))
    mirror(tenant, "retentionEvent", event("Departure 1", event_type="Old"), created_at=LONG_AGO)

    quiet = Report(tenant).quiet_event_types

    assert [(one.event_type.display_name, one.last) for one in quiet] == [("Never", None), ("Old", LONG_AGO)]
