from importlib import import_module

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "labels"
    label = "labels"

    def ready(self) -> None:
        """Register the kinds, which stand on models and so cannot be imported any earlier."""
        import_module("labels.kinds")
