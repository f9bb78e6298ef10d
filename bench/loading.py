"""dlt, the usual tool for bringing what an HTTP API lists into a database: here into DuckDB, by merge on the id."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # nothing leaves this machine
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from bench import addresses


class Loading:
    """One pipeline and its database. The first `everything` makes the tables, those after it meet what they know."""

    def __init__(self, root: str, folder: Path, name: str) -> None:
        self._client = RESTClient(
            base_url=f"{root}/v1.0",
            auth=BearerTokenAuth("sandbox"),
            paginator=JSONLinkPaginator(next_url_path="'@odata.nextLink'"),
            data_selector="value",
        )
        self._pipeline = dlt.pipeline(
            name,
            pipelines_dir=str(folder / "pipelines"),
            destination=dlt.destinations.duckdb(str(folder / f"{name}.duckdb")),
            dataset_name="tenant",
        )

    def everything(self) -> None:
        """Download and load all there is."""
        self._pipeline.run(self._resources())

    def _resources(self) -> list[Any]:
        plain = [addresses.EVENT_TYPES, *(f"security/labels/{name}" for name in addresses.TEMPLATES)]
        found = [self._resource(path.rpartition("/")[2], path) for path in plain]
        for option in addresses.EXPANSIONS:
            found.append(self._resource(f"labels_{option}", addresses.LABELS, {"$expand": option}))
        categories = next(one for one in found if one.name == "categories")
        return [*found, categories | self._subcategories()]

    def _resource(self, name: str, path: str, params: dict[str, str] | None = None) -> Any:
        pages = self._client.paginate(path, params=params)
        return dlt.resource(pages, name=name, primary_key="id", write_disposition="merge")

    def _subcategories(self) -> Any:
        @dlt.transformer(name="subcategories", primary_key="id", write_disposition="merge")
        def of_categories(page: list[dict[str, Any]]) -> Iterator[Any]:
            for category in page:
                yield from self._client.paginate(addresses.subcategories(category["id"]))

        return of_categories
