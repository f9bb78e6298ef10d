"""Signing in through Microsoft as it is set up here: which directories, as which application, at which address."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from portal.errors import Refused
from portal.graph.clouds import Cloud
from portal.graph.errors import NotSent
from portal.graph.identity import Certificate, Login, NotSignedIn, Registration
from portal.sign_in import SignIn
from portal.tenants import pending
from portal.tenants.models import Tenant
from portal.tenants.refusals import NO_ANSWER

ANSWER = "answer/"  # below the way out: one route that everybody may open


class Away(Refused):
    """Microsoft does not answer, or does not know this application."""

    status = 503


def set_up() -> SignIn | None:
    """What is set, or None where nobody can sign in through Microsoft.

    The stand-in lets everybody in as anybody, so it never counts beside a tenant that is Microsoft's.
    """
    told: SignIn | None = settings.SIGN_IN
    is_too_easy = told is not None and told.cloud == Cloud.SANDBOX and _has_real_tenant()
    return None if is_too_easy else told


def is_offered() -> bool:
    """Whether anybody can sign in through Microsoft."""
    return set_up() is not None


def lets_in(directory: str) -> bool:
    """Whether people of that directory may come in, now."""
    told = set_up()
    return told is not None and directory in told.directories


def registration() -> Registration:
    """How Fileplan is known to the directories. Raises Away where it is not."""
    told = set_up()
    if told is None:
        raise Away(NO_ANSWER)
    credential = Certificate(told.key, told.certificate) if told.certificate else told.secret
    return Registration(told.cloud, told.directory, told.client_id, credential, sandbox_root=_sandbox(told))


def login() -> Login:
    """Where people sign in."""
    return Login(registration())


def lead(request: HttpRequest, *, then: str, **hints: Any) -> str:
    """The address at Microsoft to lead a browser to, and `then` kept for when it comes back; `hints` are MSAL's.

    Raises Away.
    """
    return lead_with(request, {"then": then}, **hints)


def lead_with(request: HttpRequest, kept: dict[str, Any], **hints: Any) -> str:
    """As `lead`, with whatever else is to be known when the browser comes back. Raises Away."""
    back = request.build_absolute_uri(reverse("microsoft") + ANSWER)
    try:
        flow = login().begin([], back, **hints)
    except (NotSent, NotSignedIn) as exc:
        raise Away(NO_ANSWER) from exc
    flow.pop("max_age", None)  # looked at in presence.py, which says in words what was wrong
    pending.keep(request.session, pending.SIGN_IN, flow, kept)
    return str(flow["auth_uri"])


def sign_out_address(request: HttpRequest) -> str:
    """Where somebody ends their session at Microsoft too, and is led back from."""
    known = registration()
    host = known.sandbox_root or known.origin
    back = urlencode({"post_logout_redirect_uri": request.build_absolute_uri(reverse("sign-in"))})
    return f"{host}/{known.directory}/oauth2/v2.0/logout?{back}"


def _sandbox(told: SignIn) -> str:
    if told.cloud != Cloud.SANDBOX:
        return ""
    return settings.SANDBOX_URL or f"http://127.0.0.1:{settings.SANDBOX_PORT}"


def _has_real_tenant() -> bool:
    return Tenant.objects.exclude(cloud=Cloud.SANDBOX.value).exists()
