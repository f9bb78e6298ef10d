"""The least that a listing can cost: every page over one connection, its JSON read, nothing kept."""

from typing import Any

import requests

from bench import addresses


class Bare:
    """`requests` and nothing else."""

    def __init__(self, root: str) -> None:
        self.base = f"{root}/v1.0/"
        self.http = requests.Session()
        self.http.headers["Authorization"] = "Bearer sandbox"

    def everything(self) -> int:
        """Download all there is. Returns how many objects came."""
        found = {path: self.listing(path) for path in addresses.at_top()}
        categories = found["security/labels/categories"]
        inner = [self.listing(addresses.subcategories(category["id"])) for category in categories]
        return sum(map(len, [*found.values(), *inner]))

    def listing(self, path: str) -> list[dict[str, Any]]:
        link: str | None = self.base + path
        found: list[dict[str, Any]] = []
        while link:
            answer = self.http.get(link, timeout=60)
            answer.raise_for_status()
            page = answer.json()
            found += page["value"]
            link = page.get("@odata.nextLink")
        return found
