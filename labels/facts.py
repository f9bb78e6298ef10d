"""A label document as rules and words read it: every part has the type it should have, whatever a form put there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from labels.models import AfterPeriod, Behavior, Trigger
from portal.graph.reading import FOREVER, days_of, duration_body, text_or_none


@dataclass(frozen=True)
class Stage:
    """One stage of a disposition review; `position` counts from 1."""

    position: int
    number: str
    name: str
    reviewers: tuple[str, ...]

    @property
    def field(self) -> str:
        """The path findings and lines are shown at."""
        return f"dispositionReviewStages.{self.position}"


class Facts:
    """What a label document says. A part of the wrong type reads as not set."""

    def __init__(self, document: Mapping[str, Any] | None) -> None:
        self.document = document if isinstance(document, Mapping) else {}

    def text(self, field: str) -> str:
        """A top-level text; "" where none is set."""
        value = self.document.get(field)
        return value if isinstance(value, str) else ""

    def descriptor(self, part: str) -> str:
        """The display name of a descriptor; "" where none is set."""
        parts = self.document.get("descriptors")
        return text_or_none(parts.get(part)) or "" if isinstance(parts, Mapping) else ""

    @property
    def name(self) -> str:
        return self.text("displayName")

    @property
    def behavior(self) -> str:
        return self.text("behaviorDuringRetentionPeriod")

    @property
    def action(self) -> str:
        return self.text("actionAfterRetentionPeriod")

    @property
    def trigger(self) -> str:
        return self.text("retentionTrigger")

    @property
    def starts(self) -> str:
        return self.text("defaultRecordBehavior")

    @property
    def event_type(self) -> str:
        return text_or_none(self.document.get("retentionEventType")) or ""

    @property
    def next_label(self) -> str:
        return text_or_none(self.document.get("labelToBeApplied")) or ""

    @property
    def duration(self) -> object:
        """The duration as it stands in the document; None where none is set."""
        return self.document.get("retentionDuration")

    @cached_property
    def period(self) -> int | Literal["forever"] | None:
        """Whole days from 1 to 36,525, or FOREVER, if the duration is written just as it is sent; else None."""
        period = days_of(self.duration)
        return period if period is not None and self.duration == duration_body(period) else None

    @property
    def days(self) -> int | None:
        return self.period if isinstance(self.period, int) else None

    @property
    def is_forever(self) -> bool:
        return self.period == FOREVER

    @property
    def is_regulatory(self) -> bool:
        return self.behavior == Behavior.REGULATORY

    @property
    def is_record(self) -> bool:
        """Whether the item becomes a record, regulatory or not."""
        return self.behavior in (Behavior.RECORD, Behavior.REGULATORY)

    @property
    def retains(self) -> bool:
        return self.is_record or self.behavior == Behavior.RETAIN

    @property
    def starts_on_event(self) -> bool:
        return self.trigger == Trigger.EVENT

    @property
    def is_reviewed(self) -> bool:
        return self.action == AfterPeriod.REVIEW

    @property
    def relabels(self) -> bool:
        return self.action == AfterPeriod.RELABEL

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        given = self.document.get("dispositionReviewStages")
        stages = given if isinstance(given, list | tuple) else ()
        return tuple(_stage(position, stage) for position, stage in enumerate(stages, start=1))

    @property
    def reviewers(self) -> frozenset[str]:
        """The different reviewers of all stages, as addresses are compared."""
        return frozenset(address.strip().casefold() for stage in self.stages for address in stage.reviewers)


def _stage(position: int, given: object) -> Stage:
    stage = given if isinstance(given, Mapping) else {}
    reviewers = stage.get("reviewersEmailAddresses")
    addresses = reviewers if isinstance(reviewers, list | tuple) else ()
    number, name = stage.get("stageNumber"), stage.get("name")
    return Stage(
        position=position,
        number=number if isinstance(number, str) else "",
        name=name if isinstance(name, str) else "",
        reviewers=tuple(str(address) for address in addresses),
    )
