"""Django's admin list over the same rows: the columns, filters and search that the list of labels has."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from labels.models import RetentionLabel


class Site(admin.AdminSite):
    """Open to whoever is signed in: persons here have no staff flag."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)


class Labels(admin.ModelAdmin):
    list_display = (
        "display_name",
        "reference_id",
        "behavior",
        "retention_days",
        "trigger",
        "event_type_name",
        "action",
        "changed_at",
    )
    list_filter = (
        "behavior",
        "trigger",
        "action",
        "department",
        "retention_days",
        "is_in_use",
        "category",
        "authority",
        "event_type_name",
    )
    search_fields = ("display_name", "reference_id", "citation")
    ordering = ("display_name",)
    list_per_page = 20  # as the list of labels has
    tenant = ""
    """The slug of the tenant whose rows are listed."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionLabel]:
        """What the list of labels shows: what is gone has a tab of its own there, and indexes leave it out."""
        return super().get_queryset(request).filter(tenant__slug=type(self).tenant, gone_at=None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_delete_permission = has_add_permission = lambda self, *_, **__: False


site = Site()
site.register(RetentionLabel, Labels)
