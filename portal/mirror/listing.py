"""Reading objects from Graph, whole: with every navigation property that a document needs (contract 3.7, 3.8)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from django.utils.translation import gettext as _

from portal.graph.client import Client
from portal.graph.errors import Rejected
from portal.mirror.kinds import Incomplete, Kind, Raw
from portal.tenants import clock

BAD_REQUEST = 400

T = TypeVar("T")


class Seen(NamedTuple):
    """One object of a listing, and the database time at which its page was asked for."""

    raw: Raw
    asked_at: datetime


def parent_of(raw: Raw) -> Raw:
    """What an object that lives in `raw` remembers of it; Graph does not say it in a subcategory.

    Raises Incomplete when its id or name is missing.
    """
    if not raw.get("id") or not raw.get("displayName"):
        raise Incomplete(_("Something that others live in came without its id or its name."))
    return {"id": raw["id"], "displayName": raw["displayName"]}


def path_of(kind: Kind, parent: Raw | None) -> str:
    """Where objects of a kind are listed and created; `parent` for those that live in another object."""
    return kind.path.format(parent=quote(parent["id"], safe="") if parent else "")


def address(path: str, graph_id: str) -> str:
    """Where one object is. Ids are typed as text, so anything may stand in them (contract 4)."""
    return f"{path}/{quote(graph_id, safe='')}"


def listing(
    client: Client, kind: Kind, *, parent: Raw | None = None, beat: Callable[[], None] = lambda: None
) -> Iterator[Seen]:
    """Every object of a kind, complete if the iteration ends by itself. Raises GraphError or Incomplete.

    `beat` is called before each page is used: a listing may take longer than its caller may stay silent.

    The options of `$expand` are joined; where that is refused (it is legal but undocumented) one listing is read for
    each and an object is used if all of them hold it: one made in between is seen by the next run.
    """
    path = path_of(kind, parent)
    seen: Iterable[Seen]
    if len(kind.expand) < 2:
        seen = _read(client, path, kind.expand, beat)
    else:
        readings = _joined_or_apart(client, kind, lambda options: list(_read(client, path, options, beat)))
        seen = readings[0] if len(readings) == 1 else _merged(readings)
    for raw, asked_at in seen:
        yield Seen(_whole(client, kind, path, raw, parent), asked_at)


def fetch(client: Client, kind: Kind, graph_id: str, *, parent: Raw | None = None) -> Raw:
    """One object. Raises GraphError, Rejected with `gone` only when the object itself is not there; Incomplete."""
    path = path_of(kind, parent)
    one = address(path, graph_id)
    parts = _joined_or_apart(client, kind, lambda options: client.get(one + _query(options)))
    raw = {key: value for part in parts for key, value in part.items()}
    return _whole(client, kind, path, raw, parent)


def _joined_or_apart(client: Client, kind: Kind, read: Callable[[tuple[str, ...]], T]) -> list[T]:
    """One reading with all options of `$expand`, or one for each where the service refuses several.

    A client that has met the refusal does not ask for it again. Raises as `read` does.
    """
    if len(kind.expand) < 2 or client.joins_options:
        try:
            return [read(kind.expand)]
        except Rejected as exc:
            if exc.status != BAD_REQUEST or len(kind.expand) < 2:
                raise
    parts = [read((option,)) for option in kind.expand]
    client.joins_options = False
    return parts


def _query(expand: Iterable[str]) -> str:
    options = ",".join(expand)
    return f"?$expand={options}" if options else ""


def _read(client: Client, path: str, expand: Iterable[str], beat: Callable[[], None]) -> Iterator[Seen]:
    for page in client.pages(path + _query(expand), clock=clock.now):
        beat()
        for raw in page.items:
            yield Seen(raw, page.asked_at)


def _merged(readings: list[list[Seen]]) -> list[Seen]:
    """One object out of what each reading says of it, as old as the oldest."""
    first, *others = ({seen.raw.get("id"): seen for seen in reading} for reading in readings)
    return [
        Seen({key: value for part in parts for key, value in part.raw.items()}, min(part.asked_at for part in parts))
        for graph_id, seen in first.items()
        if all(graph_id in other for other in others)
        for parts in [[seen, *(other[graph_id] for other in others)]]
    ]


def _whole(client: Client, kind: Kind, path: str, raw: Raw, parent: Raw | None) -> Raw:
    """The object with its inner collections, read one by one where the service left them out, and what it lives in.

    One without an id stays as it came: nothing can be asked about it.
    """
    graph_id = raw.get("id")
    missing = [name for name in kind.collections if name not in raw] if isinstance(graph_id, str) else []
    inner = {name: _inner(client, f"{address(path, str(graph_id))}/{name}") for name in missing}
    return raw | inner | ({"@parent": parent} if parent else {})


def _inner(client: Client, path: str) -> list[Raw]:
    """An inner collection; where it is not there, its object is Incomplete, not gone. Raises GraphError, Incomplete."""
    try:
        return [item for page in client.pages(path) for item in page.items]
    except Rejected as exc:
        if exc.gone:
            raise Incomplete(_("Purview did not answer a part of an object that it left out of the whole.")) from exc
        raise
