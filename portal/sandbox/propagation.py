"""How far an event has come on its way to the workloads (contract sections 3.4, 4.2 and 9.7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.sandbox.errors import malformed
from portal.sandbox.messages import Json, now, stamp
from portal.sandbox.options import Options

NEVER = "0001-01-01T00:00:00Z"
"""What `lastStatusUpdateDateTime` says before there was an update (contract T24)."""
WORKLOADS = {"files": "SharePoint", "messages": "Exchange"}
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fresh": ("pending", ()),
    "inProcessing": ("pending", ("inProcessing", "none")),
    "early": ("success", ("none", "none")),
    "success": ("success", ("success", "success")),
    "error": ("error", ("failed", "success")),
    "notAvaliable": ("notAvaliable", ()),
}
"""By step: the status of the event, and those of its workloads. `early` was captured: the whole before its parts."""
FAILURE: Json = {
    "code": "PropagationFailed",
    "message": "One location failed.",
    "target": None,
    "details": [],
    "innerError": None,
}


def shown(event: Json, options: Options) -> Json:
    """The three members that change while an event spreads. Reading them changes nothing."""
    step, since = _stand(event, options)
    status, by_workload = STEPS[step]
    return {
        "eventStatus": {"status": status, "error": dict(FAILURE) if status == "error" else None},
        "eventPropagationResults": [
            _result(workload, of) for workload, of in zip(_workloads(event), by_workload, strict=False)
        ],
        "lastStatusUpdateDateTime": since,
    }


def _stand(event: Json, options: Options) -> tuple[str, str]:
    """Where it stands and since when: as it was told to, or else as time goes by."""
    if "_step" in event:
        return event["_step"], event["_since"]
    created = datetime.fromisoformat(event["createdDateTime"])
    whole = timedelta(seconds=options.propagation_seconds)
    for step, reached in ((options.propagation_ends, created + whole), ("inProcessing", created + whole / 2)):
        if datetime.now(UTC) >= reached:
            return step, stamp(reached)
    return "fresh", NEVER


def _workloads(event: Json) -> list[str]:
    """Those its queries ask, or all of them for an event without queries."""
    asked = {query["queryType"] for query in event["eventQueries"]}
    return [workload for kind, workload in WORKLOADS.items() if not asked or kind in asked]


def _result(workload: str, status: str) -> Json:
    failed = status == "failed"
    return {
        "serviceName": workload,
        "location": "All locations" if failed else None,
        "status": status,
        "statusInformation": "Location unavailable" if failed else None,
    }


def hold(event: Json, step: Any) -> None:
    """From now on the event stands at `step`, and time moves it no more."""
    if step not in STEPS:
        raise malformed(f"'{step}' is none of {', '.join(STEPS)}.")
    event |= {"_step": step, "_since": NEVER if step == "fresh" else now()}
