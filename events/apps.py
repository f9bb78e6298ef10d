from importlib import import_module

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    label = "events"

    def ready(self) -> None:
        """Register the kinds, which stand on models and so cannot be imported any earlier."""
        import_module("events.kinds")
        import_module("events.standing.kinds")
