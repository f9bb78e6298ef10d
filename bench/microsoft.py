"""Microsoft's own client for Python, doing what its documentation shows."""

import asyncio
import time
from typing import Any

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.security.action_after_retention_period import ActionAfterRetentionPeriod
from msgraph.generated.models.security.behavior_during_retention_period import BehaviorDuringRetentionPeriod
from msgraph.generated.models.security.retention_duration_in_days import RetentionDurationInDays
from msgraph.generated.models.security.retention_label import RetentionLabel
from msgraph.generated.models.security.retention_trigger import RetentionTrigger
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator

from bench import addresses

IN_DAYS = "#microsoft.graph.security.retentionDurationInDays"


class Static:
    """A credential that has its token already."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("sandbox", int(time.time()) + 3600)


class Microsoft:
    """The client, and a loop for it."""

    def __init__(self, root: str) -> None:
        self._runner = asyncio.Runner()
        self._transport = httpx.AsyncHTTPTransport()
        http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=self._transport))
        self._adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(Static()), http)
        self._adapter.base_url = f"{root}/v1.0"
        self._security = GraphServiceClient(request_adapter=self._adapter).security

    def warm(self) -> None:
        """Connect, and load the modules that a first object needs: thousands."""
        self._runner.run(self._pages(self._security.trigger_types.retention_event_types))

    def everything(self) -> int:
        """Download all there is, as objects of the client. Returns how many came."""
        return self._runner.run(self._everything())

    def create(self, name: str) -> None:
        """Create a label and read it back."""
        self._runner.run(self._create(name))

    def close(self) -> None:
        self._runner.run(self._transport.aclose())
        self._runner.close()

    async def _everything(self) -> int:
        labels = self._security.labels
        builders = [self._security.trigger_types.retention_event_types]
        builders += [labels.authorities, labels.citations, labels.departments, labels.file_plan_references]
        categories = await self._pages(labels.categories)
        builders += [labels.categories.by_category_template_id(one.id).subcategories for one in categories]
        count = len(categories) + sum([len(await self._pages(builder)) for builder in builders])
        for option in addresses.EXPANSIONS:
            count += len(await self._pages(labels.retention_labels, option))
        return count

    async def _pages(self, builder: Any, expand: str = "") -> list[Any]:
        found: list[Any] = []
        pages = PageIterator(await builder.get(_expanding(builder, expand) if expand else None), self._adapter)
        await pages.iterate(lambda one: found.append(one) is None)
        return found

    async def _create(self, name: str) -> None:
        labels = self._security.labels.retention_labels
        made = await labels.post(
            RetentionLabel(
                display_name=name,
                behavior_during_retention_period=BehaviorDuringRetentionPeriod.Retain,
                action_after_retention_period=ActionAfterRetentionPeriod.Delete,
                retention_trigger=RetentionTrigger.DateCreated,
                retention_duration=RetentionDurationInDays(days=1827, odata_type=IN_DAYS),
            )
        )
        await labels.by_retention_label_id(made.id).get()


def _expanding(builder: Any, option: str) -> Any:
    parameters = getattr(builder, f"{type(builder).__name__}GetQueryParameters")
    return RequestConfiguration(query_parameters=parameters(expand=[option]))
