"""What a handler is given: the request with what its route and token made of it."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from portal.sandbox.binds import bound
from portal.sandbox.messages import Answer, Json, Request, now
from portal.sandbox.options import Options
from portal.sandbox.store import Store


@dataclass(frozen=True)
class Call:
    request: Request
    store: Store
    options: Options
    version: str
    ids: tuple[str, ...]
    """The keys in the path, left to right."""
    resource: str
    """The path below `security` without keys, as it stands in `@odata.context`."""
    expand: frozenset[str] = frozenset()
    skip: int = 0

    def bound(self, url: str, name: str) -> Json:
        return bound(url, name=name, root=self.request.root, version=self.version, store=self.store)

    def entity(self, body: Json, *, status: int = 200) -> Answer:
        return Answer(status, {"@odata.context": f"{self._context}/$entity", **body})

    def collection(self, items: list[Json]) -> Answer:
        """One page, and the link to the next where more follow."""
        body: dict[str, Any] = {"@odata.context": self._context}
        end = self.skip + self.options.page_size
        if end < len(items):
            body["@odata.nextLink"] = self._next_link(end)
        return Answer(200, body | {"value": items[self.skip : end]})

    def accept(self, entity: Json, body: Json | None = None) -> None:
        self.store.record(self.request, entity, body)

    def stamps(self) -> Json:
        """Who created an object and when, for a new one."""
        return {"createdBy": self.identity, "createdDateTime": now()}

    def edit_stamps(self) -> Json:
        return {"lastModifiedBy": self.identity, "lastModifiedDateTime": now()}

    @property
    def identity(self) -> Json:
        return {"user": {"id": self.request.person_id, "displayName": self.request.person}}

    @property
    def _context(self) -> str:
        return f"{self.request.root}/{self.version}/$metadata#security/{self.resource}"

    def _next_link(self, skip: int) -> str:
        expand = f"$expand={','.join(sorted(self.expand))}&" if self.expand else ""
        return f"{self.request.root}{self.request.path}?{expand}$skiptoken={token(skip)}"


def token(skip: int) -> str:
    """An opaque page token; it is an offset into the listing as it will be then, as the contract's sample shows."""
    return b64encode(str(skip).encode()).decode()
