"""Microsoft's own client against the sandbox: a reading of the contract that is not ours."""

import asyncio
import json
import time
from datetime import UTC, datetime

import httpx
import pytest
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.security.action_after_retention_period import ActionAfterRetentionPeriod
from msgraph.generated.models.security.authority_template import AuthorityTemplate
from msgraph.generated.models.security.behavior_during_retention_period import BehaviorDuringRetentionPeriod
from msgraph.generated.models.security.category_template import CategoryTemplate
from msgraph.generated.models.security.citation_template import CitationTemplate
from msgraph.generated.models.security.default_record_behavior import DefaultRecordBehavior
from msgraph.generated.models.security.department_template import DepartmentTemplate
from msgraph.generated.models.security.disposition_review_stage import DispositionReviewStage
from msgraph.generated.models.security.event_propagation_status import EventPropagationStatus
from msgraph.generated.models.security.event_query import EventQuery
from msgraph.generated.models.security.event_status_type import EventStatusType
from msgraph.generated.models.security.file_plan_descriptor import FilePlanDescriptor
from msgraph.generated.models.security.file_plan_reference_template import FilePlanReferenceTemplate
from msgraph.generated.models.security.query_type import QueryType
from msgraph.generated.models.security.retention_duration_forever import RetentionDurationForever
from msgraph.generated.models.security.retention_duration_in_days import RetentionDurationInDays
from msgraph.generated.models.security.retention_event import RetentionEvent
from msgraph.generated.models.security.retention_event_type import RetentionEventType
from msgraph.generated.models.security.retention_label import RetentionLabel
from msgraph.generated.models.security.retention_trigger import RetentionTrigger
from msgraph.generated.models.security.subcategory_template import SubcategoryTemplate
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator

from portal.sandbox.options import Options

# The client is slow to load, and warns of parts of its own while it does.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
IN_DAYS = "#microsoft.graph.security.retentionDurationInDays"
FOREVER = "#microsoft.graph.security.retentionDurationForever"
BIND = "retentionEventType@odata.bind"


class Static:
    """A credential that has its token already."""

    def get_token(self, *scopes, **_):
        return AccessToken("sandbox", int(time.time()) + 3600)


class Asked:
    """The client and a loop for it: `sdk.run(sdk.labels.get())`."""

    def __init__(self, sandbox, runner):
        self._transport = httpx.AsyncHTTPTransport()  # kept, for the client's own closing forgets it
        http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=self._transport))
        self.adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(Static()), http)
        self.adapter.base_url = f"{sandbox.root}/v1.0"
        self.client = GraphServiceClient(request_adapter=self.adapter)
        self.run = runner.run
        self.security = self.client.security
        self.labels = self.security.labels.retention_labels
        self.events = self.security.triggers.retention_events
        self.types = self.security.trigger_types.retention_event_types

    def url(self, path):
        return f"{self.adapter.base_url}/security/{path}"

    def everything(self, builder):
        """All pages."""

        async def collect():
            found = []
            pages = PageIterator(await builder.get(), self.adapter)
            await pages.iterate(lambda one: found.append(one) is None)
            return found

        return self.run(collect())

    def close(self):
        self.run(self._transport.aclose())


@pytest.fixture(scope="module")
def connected(running):
    with asyncio.Runner() as runner:
        sdk = Asked(running.sandbox, runner)
        yield sdk
        sdk.close()


@pytest.fixture
def sdk(ask, connected):
    return connected


def expand(builder, name):
    """What the client asks for with `$expand`; every builder has a class of its own for it."""
    parameters = getattr(builder, f"{type(builder).__name__}GetQueryParameters")
    return RequestConfiguration(query_parameters=parameters(expand=[name]))


def label(**changes):
    values = {
        "display_name": "New label",
        "behavior_during_retention_period": BehaviorDuringRetentionPeriod.Retain,
        "action_after_retention_period": ActionAfterRetentionPeriod.Delete,
        "retention_trigger": RetentionTrigger.DateCreated,
        "retention_duration": RetentionDurationInDays(days=731, odata_type=IN_DAYS),
    }
    return RetentionLabel(**values | changes)


def stages(*names):
    return [
        DispositionReviewStage(stage_number=str(number), name=name, reviewers_email_addresses=["a@b.example"])
        for number, name in enumerate(names, start=1)
    ]


def event(sdk, sandbox, **changes):
    values = {
        "display_name": "EVT-2026-000417 departure 48151",
        "event_trigger_date_time": datetime(2026, 8, 31, tzinfo=UTC),
        "event_queries": [EventQuery(query="ComplianceAssetID:48151", query_type=QueryType.Files)],
    }
    id = sandbox.find("retentionEventTypes", "Employee separation")["id"]
    bind = {BIND: sdk.url(f"triggerTypes/retentionEventTypes/{id}")}
    return RetentionEvent(additional_data=bind, **values | changes)


def label_of(sdk, sandbox, name):
    return sdk.labels.by_retention_label_id(sandbox.find("retentionLabels", name)["id"])


def event_of(sdk, sandbox, name="Leaver 40117"):
    return sdk.events.by_retention_event_id(sandbox.find("retentionEvents", name)["id"])


def test_labels_are_listed_page_by_page(sdk, sandbox):
    sandbox.options = Options(page_size=7)

    found = sdk.everything(sdk.labels)

    assert len({one.id for one in found}) == len(found) == 60
    assert all(one.display_name and one.behavior_during_retention_period for one in found)
    assert isinstance(found[0].retention_duration, RetentionDurationForever)


def test_label_with_everything_is_created_and_read(sdk, sandbox):
    event_type = sandbox.find("retentionEventTypes", "Case closed")["id"]
    authority, category = (
        sandbox.find(name, of)["id"] for name, of in (("authorities", "Statutory"), ("categories", "Governance"))
    )
    binds = {
        "authorityTemplate@odata.bind": sdk.url(f"labels/authorities('{authority}')"),
        "categoryTemplate@odata.bind": sdk.url(f"labels/categories('{category}')"),
    }
    wanted = label(
        action_after_retention_period=ActionAfterRetentionPeriod.StartDispositionReview,
        behavior_during_retention_period=BehaviorDuringRetentionPeriod.RetainAsRecord,
        default_record_behavior=DefaultRecordBehavior.StartUnlocked,
        retention_trigger=RetentionTrigger.DateOfEvent,
        disposition_review_stages=stages("HR", "Legal"),
        descriptors=FilePlanDescriptor(additional_data=binds),
        additional_data={BIND: sdk.url(f"triggerTypes/retentionEventTypes('{event_type}')")},
    )

    created = sdk.run(sdk.labels.post(wanted))

    one = sdk.labels.by_retention_label_id(created.id)
    read = sdk.run(one.get(expand(one, "descriptors")))
    assert (read.display_name, read.retention_duration.days, read.is_in_use) == ("New label", 731, False)
    assert [(stage.stage_number, stage.name) for stage in read.disposition_review_stages] == [
        ("1", "HR"),
        ("2", "Legal"),
    ]
    assert read.default_record_behavior == DefaultRecordBehavior.StartUnlocked
    assert (read.descriptors.authority.display_name, read.descriptors.category.display_name) == (
        "Statutory",
        "Governance",
    )
    assert read.created_by.user.display_name == "Fileplan connection"
    assert sdk.run(one.get(expand(one, "retentionEventType"))).retention_event_type.display_name == "Case closed"
    assert sdk.run(one.retention_event_type.get()).display_name == "Case closed"
    assert sdk.run(one.descriptors.authority_template.get()).display_name == "Statutory"
    assert len(sdk.run(one.disposition_review_stages.get()).value) == 2


def test_label_for_ever_is_created(sdk):
    duration = RetentionDurationForever(odata_type=FOREVER)

    created = sdk.run(
        sdk.labels.post(
            label(retention_duration=duration, action_after_retention_period=ActionAfterRetentionPeriod.None_)
        )
    )

    assert isinstance(created.retention_duration, RetentionDurationForever)


def test_label_is_changed(sdk, sandbox):
    change = RetentionLabel(retention_duration=RetentionDurationInDays(days=4018, odata_type=IN_DAYS))

    changed = sdk.run(label_of(sdk, sandbox, "HR Payroll tax 7y").patch(change))

    assert changed.retention_duration.days == 4018
    assert sandbox.find("retentionLabels", "HR Payroll tax 7y")["retentionDuration"]["days"] == 4018


def test_label_is_changed_without_an_answer(sdk, sandbox):
    sandbox.faults([{"effect": "no_content"}])
    change = RetentionLabel(description_for_users="x")

    assert sdk.run(label_of(sdk, sandbox, "HR Payroll tax 7y").patch(change)) is None
    assert sandbox.find("retentionLabels", "HR Payroll tax 7y")["descriptionForUsers"] == "x"


def test_label_gets_another_stage(sdk, sandbox):
    change = RetentionLabel(
        action_after_retention_period=ActionAfterRetentionPeriod.StartDispositionReview,
        disposition_review_stages=stages("HR records", "Legal counsel", "Third"),
    )

    changed = sdk.run(label_of(sdk, sandbox, "HR Personnel file 10y").patch(change))

    assert [stage.name for stage in changed.disposition_review_stages] == ["HR records", "Legal counsel", "Third"]


def test_label_is_deleted(sdk, sandbox):
    one = label_of(sdk, sandbox, "HR Training attendance")

    sdk.run(one.delete())

    with pytest.raises(ODataError) as gone:
        sdk.run(one.get())
    assert (gone.value.response_status_code, gone.value.error.code) == (404, "itemNotFound")


def test_label_that_is_refused_says_why(sdk, sandbox):
    with pytest.raises(ODataError) as taken:
        sdk.run(sdk.labels.post(label(display_name="HR Payroll tax 7y")))
    with pytest.raises(ODataError) as refused:
        sdk.run(label_of(sdk, sandbox, "HR Payroll tax 7y").patch(RetentionLabel(display_name="x")))

    assert (taken.value.response_status_code, taken.value.error.code) == (409, "nameAlreadyExists")
    assert (refused.value.response_status_code, refused.value.error.code) == (400, "invalidRequest")
    assert refused.value.error.inner_error.request_id


TEMPLATES = {
    "authorities": (AuthorityTemplate, "by_authority_template_id"),
    "categories": (CategoryTemplate, "by_category_template_id"),
    "citations": (CitationTemplate, "by_citation_template_id"),
    "departments": (DepartmentTemplate, "by_department_template_id"),
    "file_plan_references": (FilePlanReferenceTemplate, "by_file_plan_reference_template_id"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_created_listed_read_and_deleted(sdk, sandbox, name):
    model, by_id = TEMPLATES[name]
    builder = getattr(sdk.security.labels, name)
    sandbox.options = Options(page_size=3)

    created = sdk.run(builder.post(model(display_name="New")))

    one = getattr(builder, by_id)(created.id)
    assert "New" in [template.display_name for template in sdk.everything(builder)]
    assert sdk.run(one.get()).display_name == "New"
    sdk.run(one.delete())
    assert "New" not in [template.display_name for template in sdk.everything(builder)]


def test_template_is_never_changed(sdk, sandbox):
    id = sandbox.find("citations", "UK GDPR art 5")["id"]

    with pytest.raises(ODataError) as refused:
        sdk.run(sdk.security.labels.citations.by_citation_template_id(id).patch(CitationTemplate(citation_url="x")))

    assert refused.value.response_status_code == 405


def test_subcategory_is_created_listed_and_read(sdk, sandbox):
    category = sandbox.find("categories", "Governance")["id"]
    below = sdk.security.labels.categories.by_category_template_id(category).subcategories

    created = sdk.run(below.post(SubcategoryTemplate(display_name="New")))

    assert sdk.run(below.by_subcategory_template_id(created.id).get()).display_name == "New"
    assert "New" in [one.display_name for one in sdk.everything(below)]


def test_event_type_is_created_changed_and_deleted(sdk, sandbox):
    sandbox.options = Options(page_size=4)
    created = sdk.run(sdk.types.post(RetentionEventType(display_name="New", description="a")))
    one = sdk.types.by_retention_event_type_id(created.id)

    changed = sdk.run(one.patch(RetentionEventType(description="b")))

    assert (changed.description, sdk.run(one.get()).description) == ("b", "b")
    assert len(sdk.everything(sdk.types)) == 16
    sdk.run(one.delete())
    assert len(sdk.everything(sdk.types)) == 15


def test_event_is_created_listed_read_and_deleted(sdk, sandbox):
    sandbox.options = Options(page_size=2)

    created = sdk.run(sdk.events.post(event(sdk, sandbox)))

    one = sdk.events.by_retention_event_id(created.id)
    read = sdk.run(one.get(expand(one, "retentionEventType")))
    assert read.retention_event_type.display_name == "Employee separation"
    assert read.event_trigger_date_time == datetime(2026, 8, 31, tzinfo=UTC)
    assert [(query.query, query.query_type) for query in read.event_queries] == [
        ("ComplianceAssetID:48151", QueryType.Files)
    ]
    assert (read.event_status.status, read.event_propagation_results) == (EventStatusType.Pending, [])
    assert sdk.run(one.retention_event_type.get()).display_name == "Employee separation"
    assert len(sdk.everything(sdk.events)) == 5
    sdk.run(one.delete())
    assert len(sdk.everything(sdk.events)) == 4


def test_event_spreads(sdk, sandbox):
    sandbox.propagate("Leaver 40117", "error")

    read = sdk.run(event_of(sdk, sandbox).get())

    assert (read.event_status.status, read.event_status.error.code) == (EventStatusType.Error, "PropagationFailed")
    assert [(one.service_name, one.status) for one in read.event_propagation_results] == [
        ("SharePoint", EventPropagationStatus.Failed),
        ("Exchange", EventPropagationStatus.Success),
    ]


def test_event_states_of_every_spelling_are_known(sdk, sandbox):
    sandbox.propagate("Leaver 40117", "notAvaliable")

    assert sdk.run(event_of(sdk, sandbox).get()).event_status.status == EventStatusType.NotAvaliable


def test_event_without_query_is_refused(sdk, sandbox):
    with pytest.raises(ODataError) as refused:
        sdk.run(sdk.events.post(event(sdk, sandbox, event_queries=[])))

    assert refused.value.response_status_code == 400


def test_event_is_never_changed(sdk, sandbox):
    with pytest.raises(ODataError) as refused:
        sdk.run(event_of(sdk, sandbox).patch(RetentionEvent(description="x")))

    assert refused.value.response_status_code == 405


def test_unknown_members_and_numbers_become_nothing(sdk, sandbox):
    """Contract T2 and T29: why Fileplan reads the answers itself."""
    sandbox.faults(
        [
            {"effect": "unknown_member", "property": "eventStatus.status", "value": "postponed"},
            {"effect": "unknown_member", "property": "retentionTrigger", "value": "dateOpened"},
            {"effect": "numeric_stages"},
            {"effect": "durations_without_hash"},
        ]
    )

    read = sdk.run(label_of(sdk, sandbox, "HR Personnel file 10y").get())

    assert sdk.run(event_of(sdk, sandbox).get()).event_status.status is None
    assert (read.retention_trigger, read.disposition_review_stages[0].stage_number) == (None, None)
    assert not isinstance(read.retention_duration, RetentionDurationInDays)


def posts(sandbox):
    return [entry["status"] for entry in sandbox.journal() if entry["method"] == "POST"]


def test_writes_are_repeated_behind_the_back_of_whoever_writes(sdk, sandbox):
    """Contract T32: the first one took effect and said 504, so the second meets its own name."""
    sandbox.faults([{"effect": "apply_then_status", "status": 504, "retry_after": 1, "times": 1}])

    with pytest.raises(ODataError) as refused:
        sdk.run(sdk.security.labels.citations.post(CitationTemplate(display_name="New")))

    assert refused.value.error.code == "nameAlreadyExists"
    assert posts(sandbox) == [504, 409]


def test_an_event_is_made_twice_behind_the_back_of_whoever_writes(sdk, sandbox):
    """The same where a name may be used twice: the dangerous case of contract section 6.3."""
    sandbox.faults([{"effect": "apply_then_status", "status": 504, "retry_after": 1, "times": 1}])

    sdk.run(sdk.events.post(event(sdk, sandbox)))

    names = [one["displayName"] for one in sandbox.state()["retentionEvents"]]
    assert names.count("EVT-2026-000417 departure 48151") == 2


def test_throttled_requests_wait_as_long_as_they_are_told(sdk, sandbox):
    sandbox.faults([{"effect": "throttle", "retry_after": 1, "times": 1}])
    began = time.monotonic()

    sdk.run(sdk.security.labels.citations.get())

    assert [entry["status"] for entry in sandbox.journal()] == [429, 200]
    assert time.monotonic() - began >= 1


def batch_of(sdk, sandbox):
    """Reads of labels and events, and the creation of an event."""
    builders = {"labels": sdk.labels, "events": sdk.events}
    asked = {name: builder.to_get_request_information() for name, builder in builders.items()}
    asked["new"] = sdk.events.to_post_request_information(event(sdk, sandbox))
    return BatchRequestContent({id: BatchRequestItem(information, id=id) for id, information in asked.items()})


def bodies(sdk, batch):
    """By id, read here: the client drops every body that is an object, for it expects them in base64."""

    async def sent():
        information = await sdk.client.batch.to_post_request_information(batch)
        return await sdk.adapter.send_primitive_async(information, "bytes", {})

    return {one["id"]: one["body"] for one in json.loads(sdk.run(sent()))["responses"]}


def test_batch_is_answered(sdk, sandbox):
    sandbox.options = Options(loose_batches=True)

    answered = sdk.run(sdk.client.batch.post(batch_of(sdk, sandbox)))

    assert answered.get_response_status_codes() == {"labels": 200, "events": 200, "new": 201}
    assert [write["displayName"] for write in sandbox.ledger()] == ["EVT-2026-000417 departure 48151"]


def test_batch_is_read_and_followed(sdk, sandbox):
    sandbox.options = Options(loose_batches=True, page_size=50)

    read = bodies(sdk, batch_of(sdk, sandbox))

    rest = sdk.run(sdk.labels.with_url(read["labels"]["@odata.nextLink"]).get())
    assert len(read["labels"]["value"]) + len(rest.value) == 60
    assert read["new"]["eventStatus"] == {"status": "pending", "error": None}


def test_batch_item_is_throttled_alone(sdk, sandbox):
    sandbox.options = Options(loose_batches=True)
    sandbox.faults([{"effect": "throttle", "contains": "retentionLabels", "retry_after": 12}])

    answered = sdk.run(sdk.client.batch.post(batch_of(sdk, sandbox)))

    assert answered.get_response_status_codes() == {"labels": 429, "events": 200, "new": 201}
    assert answered.get_response_by_id("labels").headers["Retry-After"] == "12"


def test_batch_as_the_client_writes_it_is_not_as_documented(sdk, sandbox):
    """Absolute addresses and `depends_on`: the strict sandbox takes neither."""
    with pytest.raises(Exception, match="400"):
        sdk.run(sdk.client.batch.post(batch_of(sdk, sandbox)))

    assert sandbox.ledger() == []
