"""Signing in through Microsoft: the stand-in's pages and the portal's, over HTTP."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from portal.sign_in import STAND_IN
from portal.tenants import mappings
from portal.tenants.models import Claim, Person, Role, RoleMapping, Tenant
from tests.portal.sandbox.signing_in import Browser

HARROW_VALE, NORTH_QUAY = STAND_IN.directories
HERE = {"SERVER_NAME": "127.0.0.1"}  # the stand-in leads back to this machine only


class Visit:
    """Somebody with a browser: `portal` is what it shows of us, `browser` what it shows of Microsoft."""

    def __init__(self) -> None:
        self.portal, self.browser = Client(**HERE), Browser()

    def led_out(self, path: str = "/sign-in/microsoft/") -> str:
        """Where the portal leads at Microsoft."""
        answer = self.portal.get(path)
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"]

    def brought(self, path: str = "/sign-in/microsoft/", who: str = "Ada Ames") -> dict[str, str]:
        """What Microsoft sends the browser back with, once `who` was chosen there."""
        return self.browser.sign_in(self.browser.open(self.led_out(path)), who)

    def back(self, brought: dict[str, str]) -> HttpResponse:
        return self.portal.get("/sign-in/microsoft/answer/", brought)

    def signs_in(self, who: str = "Ada Ames", path: str = "/sign-in/microsoft/") -> HttpResponse:
        """All the way; the portal's last answer."""
        return self.back(self.brought(path, who))

    @property
    def person(self) -> Person | None:
        """Who is signed in, as the portal sees it on the next page."""
        answer = self.portal.get("/account/")
        return answer.context["request"].user if answer.status_code == 200 else None

    def leaves(self) -> None:
        self.browser.session.close()


def maps(tenant: Tenant, value: str, role: Role | None = None, **said: Any) -> RoleMapping:
    """The app role, or the group, of the directory gives the role; of the same name unless told."""
    usual = {"directory_id": HARROW_VALE, "claim": Claim.APP_ROLE, "service": "test"}
    return mappings.add(tenant, value=value, role=role or Role(value), **(usual | said))


def asked(address: str) -> dict[str, str]:
    """The parameters of an address at Microsoft."""
    return dict(part.split("=", 1) for part in urlsplit(address).query.split("&"))
