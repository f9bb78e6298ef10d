"""Which settings of a label go together, and which may change. Every refusal here is a 400 but for the name."""

import re
from typing import Any

from portal.sandbox.errors import broken_rule
from portal.sandbox.messages import Json
from portal.sandbox.store import Store

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1024
MOST_LABELS = 1000
MOST_STAGES = 5
MOST_REVIEWERS = 10
FORBIDDEN_IN_NAMES = frozenset("%*\\&<>|#?,:;")
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def _demand(condition: Any, message: str) -> None:
    if not condition:
        raise broken_rule(message)


def check_name(name: Any) -> None:
    """Required, not blank, at most 64 characters (contract sections 3.3, 3.5 and 3.6)."""
    _demand(isinstance(name, str) and name.strip(), "'displayName' is required and must not be blank.")
    _demand(len(name) <= LONGEST_NAME, f"'displayName' must not be longer than {LONGEST_NAME} characters.")


def check_plain_name(name: str) -> None:
    """Of labels (VR-01, VR-02, VR-05) and events (VR-58)."""
    check_name(name)
    _demand(name == name.strip(), "'displayName' must not begin or end with a space.")
    _demand(not FORBIDDEN_IN_NAMES & set(name), "'displayName' contains characters that are not allowed.")


def check_queries(queries: list[Json], *, may_lack: bool) -> None:
    """An event without a query reaches all content of its type and cannot be called back (contract section 3.4)."""
    _demand(queries or may_lack, "'eventQueries' is required and must not be empty.")
    for query in queries:
        _demand(query.get("query", "").strip() and "queryType" in query, "A query needs 'query' and 'queryType'.")


def check_descriptions(label: Json) -> None:
    """VR-07."""
    for name in ("descriptionForAdmins", "descriptionForUsers"):
        fits = len(label[name] or "") <= LONGEST_DESCRIPTION
        _demand(fits, f"'{name}' must not be longer than {LONGEST_DESCRIPTION} characters.")


def check_label(label: Json, store: Store) -> None:
    """Every combination of contract section 3.3 and domain rules 2.5."""
    _check_period(label)
    _check_event(label)
    _check_stages(label)
    _check_records(label)
    _check_next_label(label, store)


def days_of(label: Json) -> float:
    """The period in days; for ever is longer than any number."""
    return float((label["retentionDuration"] or {}).get("days", "inf"))


def _check_period(label: Json) -> None:
    """VR-09, VR-11."""
    duration, trigger = label["retentionDuration"], label["retentionTrigger"]
    _demand((duration is None) == (trigger is None), "'retentionDuration' and 'retentionTrigger' go together.")
    behavior, action = label["behaviorDuringRetentionPeriod"], label["actionAfterRetentionPeriod"]
    only_a_tag = (behavior, action) == ("doNotRetain", "none")
    _demand(duration or only_a_tag, "'retentionDuration' and 'retentionTrigger' are required for a label that acts.")
    endless = duration is not None and "days" not in duration
    _demand(not endless or action == "none", "A period without end never reaches an action.")


def _check_event(label: Json) -> None:
    """VR-12 to VR-17; `relabel` is allowed (contract section 7, last paragraph)."""
    starts_on_event = label["retentionTrigger"] == "dateOfEvent"
    _demand(starts_on_event == bool(label["_eventType"]), "An event type and the trigger 'dateOfEvent' go together.")
    if starts_on_event:
        _demand(label["behaviorDuringRetentionPeriod"] != "doNotRetain", "An event-based label must retain.")
        _demand(label["actionAfterRetentionPeriod"] != "none", "An event-based label must end in an action.")
        _demand("days" in label["retentionDuration"], "An event-based label needs a number of days.")


def _check_stages(label: Json) -> None:
    """VR-18 to VR-23, VR-28."""
    stages, reviewed = label["dispositionReviewStages"], label["actionAfterRetentionPeriod"] == "startDispositionReview"
    _demand(reviewed == bool(stages), "Disposition stages and the action 'startDispositionReview' go together.")
    retains = label["behaviorDuringRetentionPeriod"] != "doNotRetain"
    _demand(not reviewed or retains, "A disposition review needs content that is retained.")
    _demand(len(stages) <= MOST_STAGES, f"At most {MOST_STAGES} disposition stages are allowed.")
    numbers = [stage.get("stageNumber") for stage in stages]
    _demand(numbers == [str(n + 1) for n in range(len(stages))], "Stage numbers are '1', '2' and so on, without gaps.")
    names = [str(stage.get("name", "")).strip().casefold() for stage in stages]
    _demand(all(names) and len(set(names)) == len(names), "Every disposition stage needs a name of its own.")
    for stage in stages:
        _check_reviewers(stage.get("reviewersEmailAddresses", []))


def _check_reviewers(addresses: list[str]) -> None:
    fits = 1 <= len(addresses) <= MOST_REVIEWERS
    _demand(fits, f"A disposition stage has 1 to {MOST_REVIEWERS} reviewers.")
    _demand(all(map(ADDRESS.fullmatch, addresses)), "A reviewer is not an e-mail address.")


def _check_records(label: Json) -> None:
    """VR-29, VR-30, VR-35. `startLocked` is accepted on any label."""
    behavior = label["behaviorDuringRetentionPeriod"]
    unlocked = label["defaultRecordBehavior"] == "startUnlocked"
    _demand(not unlocked or behavior == "retainAsRecord", "'startUnlocked' applies to records only.")
    regulatory, relabels = behavior == "retainAsRegulatoryRecord", label["actionAfterRetentionPeriod"] == "relabel"
    _demand(not (regulatory and relabels), "A regulatory record cannot be relabelled.")


def _check_next_label(label: Json, store: Store) -> None:
    """VR-31 to VR-34."""
    name, relabels = label["labelToBeApplied"], label["actionAfterRetentionPeriod"] == "relabel"
    _demand(name is None or name.strip(), "'labelToBeApplied' must not be blank.")
    _demand(relabels == bool(name), "'labelToBeApplied' and the action 'relabel' go together.")
    seen = {label["displayName"].casefold()}
    while name:
        following = store.find("retentionLabels", name)
        if following is None:
            raise broken_rule(f"The label '{name}' does not exist.")
        _demand(name.casefold() not in seen, "The chain of labels is a circle.")
        seen.add(name.casefold())
        name = (following["labelToBeApplied"] or "").strip()


def check_change(before: Json, after: Json) -> None:
    """What may not change although the property may: VR-27, VR-39, VR-40."""
    if days_of(before) != days_of(after):
        frozen = before["retentionTrigger"] == "dateLabeled"
        _demand(not frozen, "The duration of a label that starts when labelled cannot be changed.")
        regulatory = before["behaviorDuringRetentionPeriod"] == "retainAsRegulatoryRecord"
        shrinks = days_of(after) < days_of(before)
        _demand(not (regulatory and shrinks), "The duration of a regulatory record can only grow.")
    _check_stage_order(before["dispositionReviewStages"], after["dispositionReviewStages"])


def _check_stage_order(before: list[Json], after: list[Json]) -> None:
    """Stages are renamed, re-staffed or appended. A name that turns up at another number has been moved."""
    _demand(len(after) >= len(before), "A disposition stage cannot be removed.")
    old, new = ([str(stage["name"]).casefold() for stage in stages] for stages in (before, after))
    moved = any(name in new and new.index(name) != number for number, name in enumerate(old))
    _demand(not moved, "A disposition stage cannot be moved.")
