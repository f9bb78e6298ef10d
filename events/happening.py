"""One thing that happened, as the events that record it: the first, and what repeats it, each under its own marker."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from events.document import composed, name_of
from events.kinds import RETENTION_EVENT
from portal.changes.objects import Wanted
from portal.mirror import markers
from portal.mirror.kinds import Action, Document

MOST_REPEATS, LATEST_REPEAT = 5, 365
"""How often an event is repeated at most, and after how many days at the latest."""


@dataclass(frozen=True)
class Happening:
    """What somebody says happened. Queries are Graph's."""

    name: str
    event_type: str
    day: date | None
    zone: str
    queries: tuple[Document, ...]
    note: str = ""

    def document(self, marker: str) -> Document:
        """It as an event under that marker."""
        return composed(
            name=self.name,
            note=self.note,
            event_type=self.event_type,
            day=self.day,
            zone=self.zone,
            queries=self.queries,
            marker=marker,
        )


@dataclass(frozen=True)
class Case:
    """The events of one case. `marker` is the first one's; `known` are the markers that repetitions have already.

    `of` and `after_days` are set where the first itself repeats another event.
    """

    marker: str = field(default_factory=lambda: markers.new())
    of: str = ""
    after_days: int = 0
    known: Mapping[int, str] = field(default_factory=dict)

    def wanted(
        self, happening: Happening, repeats_after: Iterable[int], confirmed: Mapping[str, str] | None = None
    ) -> list[Wanted]:
        """The event, then a repetition of it for each number of days."""
        first = happening.document(self.marker)
        events = [_creation(first, confirmed, self.of, self.after_days)]
        for days in repeats_after:
            again = replace(happening, name=f"{name_of(first)} +{days}d")
            document = again.document(self.known.get(days) or markers.new())
            events.append(_creation(document, confirmed, self.marker, days))
        return events


def _creation(document: Document, confirmed: Mapping[str, str] | None, case: str, after_days: int) -> Wanted:
    acknowledged = dict(confirmed or {})
    return Wanted(RETENTION_EVENT.name, Action.CREATE, None, document, "", acknowledged, case, after_days)
