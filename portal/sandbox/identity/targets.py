"""Where a browser may be sent back to."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from portal.sandbox.identity.failures import Failure
from portal.sandbox.identity.models import Registration
from portal.sandbox.identity.world import Call
from portal.sandbox.messages import Answer, Request

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Target:
    """An address that is the app's own, and the state it wants back."""

    registration: Registration
    redirect_uri: str
    state: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    def sent(self, **parameters: str) -> Answer:
        return redirect(self.redirect_uri, **parameters, **({"state": self.state} if self.state else {}))

    def refused(self, failure: Failure, request: Request) -> Answer:
        subcode = {"error_subcode": failure.suberror} if failure.suberror else {}
        return self.sent(error=failure.error, error_description=failure.described(request), **subcode)


def redirect(url: str, **parameters: str) -> Answer:
    joined = "&" if urlsplit(url).query else "?"
    location = f"{url}{joined}{urlencode(parameters)}" if parameters else url
    return Answer(302, headers={"Location": location, "Cache-Control": "no-store"}, raw=b"")


def target_of(call: Call) -> Target:
    """Raises Failure where nobody may be sent anywhere, so that it has to be shown here."""
    registration = call.registration()
    url = call.need("redirect_uri")
    if not is_own(url, registration):
        message = (
            f"The redirect URI '{url}' specified in the request does not match the redirect URIs configured for the"
            f" application '{registration.client_id}'."
        )
        raise Failure("invalid_request", 50011, message)
    return Target(registration, url, call.given.get("state", ""))


def is_own(url: str, registration: Registration) -> bool:
    return url in registration.redirect_uris or (registration.any_loopback and _is_loopback(url))


def _is_loopback(url: str) -> bool:
    """Plain http on this machine, any port and path, and nothing that browsers and we might read differently."""
    if not url.isascii() or not url.isprintable() or any(letter in url for letter in " \"'<>\\#;,"):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises for what is none)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK and "@" not in parts.netloc
