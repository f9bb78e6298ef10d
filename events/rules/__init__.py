"""What records management demands of event types and events (domain-rules.md 2.8, 4). Every rule cites its VR id."""

from events.rules.events import check_event
from events.rules.types import check_event_type

__all__ = ["check_event", "check_event_type"]
