"""What to ask a Microsoft administrator for, and what their answers mean, in words they know (contract section 2)."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.errors import Refused
from portal.graph import clouds
from portal.graph.errors import GraphError, NotSent
from portal.graph.identity import Forged, NotSignedIn
from portal.tenants.models import Tenant
from portal.tenants.refusals import NO_ANSWER

BESIDE = "openid profile offline_access"  # what MSAL asks for besides


class Ask(NamedTuple):
    """What has to be set up in the tenant's directory."""

    redirect_uri: str
    permission: str
    consent: str
    """A link to open; empty until directory and client id are known."""
    hosts: list[str]
    """What the workers must reach through a firewall."""


def of(tenant: Tenant, *, site: str) -> Ask:
    """What to ask for, for a portal at `site`."""
    back = site + reverse("connect-answer")
    scope = clouds.write_scope(tenant.cloud, tenant.sandbox_root)
    authority = clouds.authority_of(tenant.cloud)
    consent = ""
    if tenant.directory_id and tenant.client_id and not tenant.is_sandbox:
        asked = urlencode({"client_id": tenant.client_id, "scope": f"{scope} {BESIDE}", "redirect_uri": back})
        consent = f"{authority}/{tenant.directory_id}/v2.0/adminconsent?{asked}"
    hosts = [clouds.root_of(tenant.cloud, tenant.sandbox_root), *([] if tenant.is_sandbox else [authority])]
    return Ask(back, scope, consent, hosts)


def sentence(exc: Exception) -> str:
    """What went wrong on the way to a sign-in, and what to do next. Microsoft's own words come last, as they came."""
    if isinstance(exc, Refused):
        return str(exc.sentence)
    if isinstance(exc, NotSent):
        return str(NO_ANSWER)
    if isinstance(exc, Forged):
        return _("What came back was not what was asked for, so nothing was changed. Begin again.")
    if isinstance(exc, NotSignedIn):
        trace = _("Support reference %(id)s.") % {"id": exc.trace[:80]} if exc.trace else ""
        return " ".join(filter(None, (_why(exc), _cut(exc.reason), trace)))
    if isinstance(exc, GraphError):
        return _("Microsoft refused (%(what)s). Try again; if it stays, docs/microsoft.md says more.") % {"what": exc}
    raise exc


def _why(exc: NotSignedIn) -> str:
    return {
        "consent_required": _(
            "Consent is missing. Have a Microsoft administrator open the link under What to ask for."
        ),
        "access_denied": _("Nobody signed in: it was cancelled, or consent was declined. Begin again."),
        "invalid_client": _("Microsoft does not accept the secret or certificate. Give a new one under Connection."),
        "unauthorized_client": _("Microsoft does not know this application in this directory. Check both ids."),
        "invalid_registration": _("Microsoft does not know this directory. Check its id and the cloud."),
        "invalid_grant": _("The sign-in took too long or was used already. Begin again."),
    }.get(exc.code, _("Microsoft refused the sign-in. docs/microsoft.md says what its words mean."))


def _cut(words: str) -> str:
    """The first line of what Microsoft said; the rest is ids and times."""
    line = words.splitlines()[0][:300] if words else ""
    return _("Microsoft says: %(words)s") % {"words": line} if line else ""
