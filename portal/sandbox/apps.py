from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Exists so that `manage.py sandbox` exists; there are no models."""

    name = "portal.sandbox"
    label = "sandbox"
