"""The tolerated variants of a body that Graph may answer with (contract sections 3.7, 3.8, 4, 7 and 10)."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.store import Store

Shape = Callable[..., Answer]


def entities(answer: Answer) -> Iterator[Json]:
    """The entity of the answer, or all of its page; none in an error."""
    if answer.status in (200, 201) and isinstance(answer.body, dict):
        value = answer.body.get("value")
        yield from value if isinstance(value, list) else [answer.body]


def _places(answer: Answer, property: str) -> Iterator[tuple[Json, str]]:
    """Where `property` stands in the entities: a name, or names joined by points (`eventStatus.status`)."""
    *way, name = property.split(".")
    holders: list[Json] = list(entities(answer))
    for step in way:
        inner = [holder.get(step) for holder in holders]
        holders = [one for value in inner for one in (value if isinstance(value, list) else [value]) if one]
    yield from ((holder, name) for holder in holders if name in holder)


def durations_without_hash(request: Request, answer: Answer, store: Store) -> Answer:
    for entity in entities(answer):
        if duration := entity.get("retentionDuration"):
            duration["@odata.type"] = duration["@odata.type"].removeprefix("#")
    return answer


def numeric_stages(request: Request, answer: Answer, store: Store) -> Answer:
    for entity in entities(answer):
        for stage in [entity, *entity.get("dispositionReviewStages", [])]:
            if "stageNumber" in stage:
                stage["stageNumber"] = int(stage["stageNumber"])
    return answer


def stages_omitted(request: Request, answer: Answer, store: Store) -> Answer:
    """Stages come only when they are expanded, as for any other navigation property."""
    expanded = any("dispositionReviewStages" in value for name, value in request.query if name == "$expand")
    for entity in entities(answer):
        if not expanded:
            entity.pop("dispositionReviewStages", None)
    return answer


def blank_next_label(request: Request, answer: Answer, store: Store, *, value: str | None = " ") -> Answer:
    """Contract T23: no next label is null, empty or a space."""
    for entity in entities(answer):
        if "labelToBeApplied" in entity and not (entity["labelToBeApplied"] or "").strip():
            entity["labelToBeApplied"] = value
    return answer


def null_identity(request: Request, answer: Answer, store: Store, *, part: str = "displayName") -> Answer:
    """A person without name (`displayName`), or no person at all (`user`); contract section 4.2."""
    for entity in entities(answer):
        for name in ("createdBy", "lastModifiedBy"):
            if name in entity:
                user = {"id": "efb1c2d3-0000-4a4a-8b8b-111122223333", "displayName": None}
                entity[name] = {"user": None if part == "user" else user}
    return answer


def unknown_member(
    request: Request,
    answer: Answer,
    store: Store,
    *,
    property: str = "actionAfterRetentionPeriod",
    value: str = "archiveThenDelete",
) -> Answer:
    """An enum member that came after the metadata this product was written by, or any other value."""
    for holder, name in _places(answer, property):
        holder[name] = value
    return answer


def renamed(request: Request, answer: Answer, store: Store, *, property: str, to: str) -> Answer:
    """A member under the name that an example gives it (contract T5, T15 and T16)."""
    for holder, name in _places(answer, property):
        holder[to] = holder.pop(name)
    return answer


def extra_fields(request: Request, answer: Answer, store: Store) -> Answer:
    for entity in entities(answer):
        entity |= {"futureProperty": {"answer": 42}, "@odata.etag": 'W/"sandbox"'}
    return answer


def without(request: Request, answer: Answer, store: Store, *, property: str) -> Answer:
    for holder, name in _places(answer, property):
        del holder[name]
    return answer


def wrapped(request: Request, answer: Answer, store: Store) -> Answer:
    """Contract T7: a single entity inside `value`."""
    if answer.status in (200, 201) and isinstance(answer.body, dict) and "value" not in answer.body:
        context = answer.body.pop("@odata.context", "")
        answer.body = {"@odata.context": context, "value": answer.body}
    return answer


def empty_page(request: Request, answer: Answer, store: Store) -> Answer:
    """No items on this page: all of them stand behind its link, so limit the rule with `nth` or `times`."""
    if _is_page(answer):
        offset = next((value for name, value in request.query if name == "$skiptoken"), "MA==")
        again = b64decode(offset).decode().zfill(9)  # the same place, in a link that was not followed before
        answer.body |= {"value": [], "@odata.nextLink": _link(request, again)}
    return answer


def empty_last_page(request: Request, answer: Answer, store: Store) -> Answer:
    """The last page that holds something has a link, to a page that holds nothing (contract section 9.5)."""
    if _is_page(answer) and answer.body["value"]:
        answer.body.setdefault("@odata.nextLink", _link(request, "999999"))
    return answer


def _is_page(answer: Answer) -> bool:
    return answer.status == 200 and isinstance((answer.body or {}).get("value"), list)


def _link(request: Request, offset: str) -> str:
    kept = [pair for pair in request.query if pair[0] != "$skiptoken"]
    query = urlencode([*kept, ("$skiptoken", b64encode(offset.encode()).decode())], safe="$=,")
    return f"{request.root}{request.path}?{query}"


def next_link(request: Request, answer: Answer, store: Store, *, url: str = "itself") -> Answer:
    """The link leads somewhere else, or (`itself`) to the page it stands on."""
    if _is_page(answer):
        answer.body["@odata.nextLink"] = f"{request.root}{request.target}" if url == "itself" else url
    return answer


SHAPES: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        durations_without_hash,
        numeric_stages,
        stages_omitted,
        blank_next_label,
        null_identity,
        unknown_member,
        renamed,
        extra_fields,
        without,
        wrapped,
        empty_page,
        empty_last_page,
        next_link,
    )
}
