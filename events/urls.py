"""Event types and events, below /t/<slug>/. An event inside a change stands at its place there."""

from django.urls import URLPattern

tenant_urlpatterns: list[URLPattern] = []
