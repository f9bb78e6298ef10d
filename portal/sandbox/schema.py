"""What a request body may look like: names, JSON types and enum members. All refusals here are 400 or 415."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from portal.sandbox.errors import Refusal, malformed
from portal.sandbox.messages import Json, Request

Check = Callable[[Any, str], None]

TYPE_PREFIX = "microsoft.graph.security."
BEHAVIORS = ("doNotRetain", "retain", "retainAsRecord", "retainAsRegulatoryRecord")
ACTIONS = ("none", "delete", "startDispositionReview", "relabel")
TRIGGERS = ("dateLabeled", "dateCreated", "dateModified", "dateOfEvent")
RECORD_BEHAVIORS = ("startLocked", "startUnlocked")
QUERY_TYPES = ("files", "messages")
LONGEST_DAYS = 36_525
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)", re.ASCII)
READ_ONLY = frozenset(
    (
        "id",
        "isInUse",
        "createdBy",
        "createdDateTime",
        "lastModifiedBy",
        "lastModifiedDateTime",
        "eventStatus",
        "eventPropagationResults",
        "lastStatusUpdateDateTime",
    ),
)


def read_body(request: Request) -> Json:
    """The body of a write as a JSON object."""
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        message = "A body needs the header Content-Type: application/json."
        raise Refusal(415, "UnsupportedMediaType", message)
    try:
        body = json.loads(request.body, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise malformed("Unable to read JSON request payload.") from exc
    if not isinstance(body, dict):
        raise malformed("The request payload must be a JSON object.")
    return body


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")  # contract T21
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def check_members(body: Json, checks: dict[str, Check], type_name: str) -> None:
    """Refuse every name that `checks` does not know and every value it does not accept."""
    for name, value in body.items():
        if name == "@odata.type":
            _check_type(value, type_name)
        elif name in checks:
            checks[name](value, name)
        elif name in READ_ONLY:
            raise malformed(f"Property '{name}' of '{TYPE_PREFIX}{type_name}' is read-only.")
        else:
            raise malformed(f"The property '{name}' does not exist on type '{TYPE_PREFIX}{type_name}'.")


def _check_type(value: Any, *type_names: str) -> None:
    if not isinstance(value, str) or value.removeprefix("#") not in {TYPE_PREFIX + name for name in type_names}:
        raise malformed(f"'{value}' is not a type that can stand here.")


def text(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise malformed(f"Cannot convert the value of property '{name}' to the expected type 'Edm.String'.")


def text_or_null(value: Any, name: str) -> None:
    if value is not None:
        text(value, name)


def member_of(members: tuple[str, ...], *, nullable: bool = False) -> Check:
    """`unknownFutureValue` is a name for what a client does not know, never a value to send (contract 4.3)."""

    def check(value: Any, name: str) -> None:
        if value not in members and not (nullable and value is None):
            raise malformed(f"Cannot convert the value '{value}' of property '{name}' to the expected enum type.")

    return check


def duration(value: Any, name: str) -> None:
    """Contract section 4.4; null stands for no retention."""
    if value is None:
        return
    if not isinstance(value, dict) or "@odata.type" not in value:
        raise malformed(f"'{name}' is of an abstract type and needs '@odata.type'.")
    _check_type(value["@odata.type"], "retentionDurationInDays", "retentionDurationForever")
    forever = value["@odata.type"].endswith("retentionDurationForever")
    if set(value) != ({"@odata.type"} if forever else {"@odata.type", "days"}):
        raise malformed(f"'{name}' has properties that its type does not have, or lacks one.")
    if not forever:
        _check_days(value["days"])


def _check_days(days: Any) -> None:
    if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
        raise malformed(f"'days' is a whole number from 1 to {LONGEST_DAYS}.")


def moment_or_null(value: Any, name: str) -> None:
    """A date and time with its zone."""
    text_or_null(value, name)
    if value is not None and not _is_moment(value):
        message = f"Cannot convert the value '{value}' of property '{name}' to the expected type 'Edm.DateTimeOffset'."
        raise malformed(message)


def _is_moment(value: str) -> bool:
    try:
        return bool(MOMENT.fullmatch(value) and datetime.fromisoformat(value).astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def stages(value: Any, name: str) -> None:
    _collection(value, name, STAGE, "dispositionReviewStage")


def queries(value: Any, name: str) -> None:
    _collection(value, name, EVENT_QUERY, "eventQuery")


def _collection(value: Any, name: str, checks: dict[str, Check], type_name: str) -> None:
    if not isinstance(value, list):
        raise malformed(f"'{name}' is a collection.")
    for element in value:
        if not isinstance(element, dict):
            raise malformed(f"An element of '{name}' is not an object.")
        check_members(element, checks, type_name)


def texts(value: Any, name: str) -> None:
    if not isinstance(value, list):
        raise malformed(f"'{name}' is a collection of strings.")
    for element in value:
        text(element, name)


def descriptors(value: Any, name: str) -> None:
    """Only binds: complex values and a subcategory cannot be written (contract section 4.5)."""
    if not isinstance(value, dict):
        raise malformed(f"'{name}' is an object.")
    check_members(value, DESCRIPTORS, "filePlanDescriptor")


# One place each for what a client may write; everything else is unknown or read-only.
STAGE: dict[str, Check] = {"stageNumber": text, "name": text, "reviewersEmailAddresses": texts}
BOUND_SETS = {
    "authority": "authorities",
    "category": "categories",
    "citation": "citations",
    "department": "departments",
    "filePlanReference": "filePlanReferences",
}
DESCRIPTORS: dict[str, Check] = {f"{name}Template@odata.bind": text for name in BOUND_SETS}
EVENT_TYPE_BIND = "retentionEventType@odata.bind"
LABEL: dict[str, Check] = {
    "displayName": text,
    "behaviorDuringRetentionPeriod": member_of(BEHAVIORS),
    "actionAfterRetentionPeriod": member_of(ACTIONS),
    "retentionTrigger": member_of(TRIGGERS, nullable=True),
    "retentionDuration": duration,
    "defaultRecordBehavior": member_of(RECORD_BEHAVIORS),
    "labelToBeApplied": text_or_null,
    "descriptionForAdmins": text_or_null,
    "descriptionForUsers": text_or_null,
    "dispositionReviewStages": stages,
    "descriptors": descriptors,
    EVENT_TYPE_BIND: text,
}
TEMPLATE: dict[str, Check] = {"displayName": text}
CITATION: dict[str, Check] = {**TEMPLATE, "citationUrl": text_or_null, "citationJurisdiction": text_or_null}
EVENT_TYPE: dict[str, Check] = {"displayName": text, "description": text_or_null}
EVENT_QUERY: dict[str, Check] = {"queryType": member_of(QUERY_TYPES), "query": text}
EVENT: dict[str, Check] = {
    "displayName": text,
    "description": text_or_null,
    "eventTriggerDateTime": moment_or_null,
    "eventQueries": queries,
    EVENT_TYPE_BIND: text,
}
