"""There is no admin site, and so nothing by which rows are changed without an action and its entry (S32)."""

from django.apps import apps
from django.conf import settings
from django.urls import get_resolver

from tests.portal.tenants.test_middleware import routes


def test_no_admin_site_is_installed() -> None:
    assert not apps.is_installed("django.contrib.admin")
    assert [name for name in settings.INSTALLED_APPS if "admin" in name] == []


def test_no_address_leads_to_one() -> None:
    assert [path for path, _pattern in routes(get_resolver().url_patterns) if "admin" in path] == []
