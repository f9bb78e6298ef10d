"""What a system sends and gets: shapes alone. What fits the tenant and the calendar is said by events/reports.py."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import ConfigDict, StrictInt, StrictStr

from events.reports import Report

Text = Annotated[StrictStr, Field(max_length=20_000)]


class ReportIn(Schema):
    """One thing that happened to one case, such as one person leaving."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[StrictStr, Field(max_length=100, description="The same as in webhook-id. No personal number in it.")]
    event_type: Annotated[Text, Field(description="Name of an event type of the tenant that this system may report.")]
    name: Annotated[
        Text, Field(description="What happened to whom; at most 49 characters, with “ +30d” of repetitions.")
    ] = ""
    name_parts: Annotated[
        list[Text], Field(max_length=10, description="The name in parts, joined by spaces. Instead of `name`.")
    ] = []
    day: Annotated[Text, Field(description="The day it happened, such as 2026-05-31; at most a year from today.")]
    zone: Annotated[Text, Field(description="Where that day was, in the tz database, such as Europe/Berlin.")]
    asset_ids: Annotated[list[Text], Field(description="Files whose ComplianceAssetID is one of these.")] = []
    case_words: Annotated[list[Text], Field(description="Messages with one of these, each as it is written.")] = []
    note: Annotated[Text, Field(description="Becomes part of the event’s description. No personal number in it.")] = ""
    kind_of_leave: Annotated[Text, Field(description="Such as retirement. Stands before the note.")] = ""
    follow_ups_after: Annotated[
        list[StrictInt], Field(description="Days after which it is repeated for what is labelled only then.")
    ] = []

    def report(self) -> Report:
        """What it says, with its name in one piece."""
        return Report(
            name=self.name or " ".join(self.name_parts),
            event_type=self.event_type,
            day=self.day,
            zone=self.zone,
            asset_ids=tuple(self.asset_ids),
            case_words=tuple(self.case_words),
            note=self.note,
            kind_of_leave=self.kind_of_leave,
            follow_ups_after=tuple(self.follow_ups_after),
        )


class EventOut(Schema):
    """One event of a report."""

    marker: str = Field(description="At the end of its name in Purview.")
    after_days: int = Field(description="Days after the first that it waits.")
    state: str = Field(description="“” before approval, then ready, sending, unsure, sent, done, stopped or cancelled.")
    held_until: datetime | None = Field(description="End of its waiting period, once approved.")


class ReportOut(Schema):
    """What became of a report."""

    id: str
    change: int = Field(description="Number of the change in Fileplan.")
    state: str = Field(description="draft, in_review, approved, rejected or withdrawn.")
    events: list[EventOut]


class ProblemOut(Schema):
    """What is wrong, and where: the field's name, or “” for the whole message."""

    field: str
    sentence: str


class RefusedOut(Schema):
    """What was refused, and a reference for support."""

    errors: list[ProblemOut]
    reference: str
