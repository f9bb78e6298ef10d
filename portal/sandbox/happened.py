"""What happened at Harrow Vale before anyone used Fileplan: events in every state, dated back from the first start."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from portal.sandbox.messages import Json, stamp
from portal.sandbox.propagation import NEVER

EVENTS, TYPES = "retentionEvents", "retentionEventTypes"
PEOPLE = ("Rita Ferreira", "Maren Okafor", "HR interface")


class Happened(NamedTuple):
    """One event: how many days ago it was recorded, how many before that it happened, and how far it has spread."""

    name: str
    event_type: str
    ago: int
    before: int = 1
    assets: str = ""
    words: str = ""
    step: str = "success"
    note: str = ""


EMPLOYEE, CONTRACT, PROJECT = "Employee separation", "Contract ends", "Project completed"
HAPPENED = (
    Happened("Fiscal year 2022-23", "Fiscal year ends", 960, 20, "FY2022-23"),
    Happened("Claim Brandt v Harrow Vale", "Case closed", 640, 12, "CASE-0188", "Brandt"),
    Happened("Claim Osei v Harrow Vale", "Case closed", 505, 30, "CASE-0203", "Osei"),
    Happened("Fiscal year 2023-24", "Fiscal year ends", 590, 20, "FY2023-24"),
    Happened("Infusion pump IP-2", "Product withdrawn", 420, 45, "IP-2", "", "notAvaliable"),
    Happened("Trial HV-07 last visit", "Trial ended", 330, 9, "HV-07", "HV-07"),
    Happened("Supply agreement Larssen", CONTRACT, 310, 31, "CTR-2203", "CTR-2203"),
    Happened("Patent GB2511047 lapsed", "Right expires", 288, 60, "GB2511047"),
    Happened("Fiscal year 2024-25", "Fiscal year ends", 225, 18, "FY2024-25"),
    Happened("Project Larkspur", PROJECT, 190, 14, "PRJ-0031"),
    Happened("Departure 40098", EMPLOYEE, 171, 1, "40098", "40098"),
    Happened("Lease Mill Lane", CONTRACT, 150, 30, "CTR-2117"),
    Happened("Departure 40101", EMPLOYEE, 133, 1, "40101", "40101"),
    Happened("Departure 40105", EMPLOYEE, 104, 1, "40105", "40105"),
    Happened("Project Teasel", PROJECT, 96, 7, "PRJ-0034", "Teasel"),
    Happened("Departure 40109", EMPLOYEE, 74, 1, "40109", "40109"),
    Happened("Framework agreement Oduya", CONTRACT, 58, 28, "CTR-2231", "CTR-2231"),
    Happened("Departure 40112", EMPLOYEE, 41, 1, "40112", "40112"),
    Happened("Departure 40112 again", EMPLOYEE, 11, 31, "40112", "40112", "success", "For what was labelled since."),
    Happened("Departure 40117", EMPLOYEE, 9, 1, "40117", "40117", "error"),
    Happened("Project Saltmarsh", PROJECT, 4, 3, "PRJ-0037", "Saltmarsh", "early"),
    Happened("Departure 40120", EMPLOYEE, 2, 1, "40120", "40120", "inProcessing"),
    Happened("Maintenance contract Ruiz", CONTRACT, 1, 30, "CTR-2240", "", "fresh"),
)


def events(event_types: Iterable[Json], *, today: datetime | None = None) -> dict[str, Json]:
    """The events by id, as a tenant of these event types keeps them; `today` is the day of the first start."""
    named = {one["displayName"]: one["id"] for one in event_types}
    start = (today or datetime.now(UTC)).replace(hour=9, minute=15, second=0, microsecond=0)
    found = (_event(number, one, named[one.event_type], start) for number, one in enumerate(HAPPENED))
    return {event["id"]: event for event in found}


def _event(number: int, one: Happened, event_type: str, start: datetime) -> Json:
    recorded = start - timedelta(days=one.ago, minutes=number * 7)
    day = (recorded - timedelta(days=one.before)).replace(hour=0, minute=0)
    person = {"user": {"id": None, "displayName": PEOPLE[2 if one.event_type == EMPLOYEE else number % 2]}}
    queries = [
        *([{"queryType": "files", "query": f"ComplianceAssetID:{one.assets}"}] if one.assets else []),
        *([{"queryType": "messages", "query": f'"{one.words}"'}] if one.words else []),
    ]
    since = NEVER if one.step == "fresh" else stamp(recorded + timedelta(hours=min(one.ago * 24 - 1, 30)))
    return {
        "id": str(uuid5(NAMESPACE_URL, f"https://harrowvale.example/{EVENTS}/{one.name}")),
        "displayName": one.name,
        "description": one.note or None,
        "eventTriggerDateTime": stamp(day),
        "eventQueries": queries,
        "createdBy": person,
        "createdDateTime": stamp(recorded),
        "lastModifiedBy": person,
        "lastModifiedDateTime": stamp(recorded),
        "_eventType": event_type,
        "_step": one.step,
        "_since": since,
    }
