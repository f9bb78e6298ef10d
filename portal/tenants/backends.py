"""Who a session belongs to: somebody with a password, or somebody Microsoft vouched for.

Both are asked on every request, so that a way in that is closed ends the sessions begun through it.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest

from portal.tenants import microsoft
from portal.tenants.models import Person

OF_MICROSOFT = "portal.tenants.backends.Microsoft"


class Local(ModelBackend):
    """Addresses and passwords kept here, while LOCAL_ACCOUNTS is on."""

    def authenticate(self, request: HttpRequest | None, **given: Any) -> Any:  # type: ignore[override]
        return super().authenticate(request, **given) if settings.LOCAL_ACCOUNTS else None

    def get_user(self, user_id: Any) -> Any:
        return super().get_user(user_id) if settings.LOCAL_ACCOUNTS else None


class Microsoft(BaseBackend):
    """People of the directories that are let in. Proving who they are is the view's part."""

    def get_user(self, user_id: Any) -> Person | None:
        person = Person.objects.filter(pk=user_id, is_active=True).first()
        return person if person and microsoft.lets_in(person.directory_id) else None
