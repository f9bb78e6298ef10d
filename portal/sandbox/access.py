"""What each token may do (contract section 2).

Fixed names are tokens: this server guards nothing. Beside them are those of the stand-in for Microsoft's sign-in.
"""

from portal.sandbox.errors import Refusal, denied
from portal.sandbox.messages import Caller, Request
from portal.sandbox.options import Options

TOKENS = ("sandbox", "sandbox-read", "sandbox-app", "sandbox-norole")
READ, WRITE = "RecordsManagement.Read.All", "RecordsManagement.ReadWrite.All"


def token_of(request: Request) -> str:
    """The name of the token, or of the one an issued token is like; empty when there is none that is known."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token in TOKENS:
        return token
    return _like(request.caller) if request.caller else ""


def _like(caller: Caller) -> str:
    if caller.is_app:
        return "sandbox-app"
    if not caller.has_purview_role:
        return "sandbox-norole"
    return "sandbox" if WRITE in caller.permissions else "sandbox-read"


def check_token(request: Request) -> None:
    """Before anything is looked up: is this somebody, and somebody with a role in Purview?"""
    token = token_of(request)
    if not token:
        message = "Access token is empty, expired or not meant for this service."
        challenge = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
        raise Refusal(401, "InvalidAuthenticationToken", message, headers=challenge)
    if token == "sandbox-norole":  # noqa: S105
        raise denied("The user is not authorized to manage records.", code="accessDenied")


def check_scope(request: Request, resource: str, options: Options) -> None:
    """Once the path is known: may this token do that there?"""
    token, reads = token_of(request), request.method in ("GET", "HEAD")
    if token == "sandbox-read" and not reads:  # noqa: S105
        raise denied()
    if request.caller and not request.caller.permissions & ({READ, WRITE} if reads else {WRITE}):
        raise denied()
    on_labels = resource.startswith("labels/retentionLabels")
    if token == "sandbox-app" and on_labels and not (reads and options.app_reads_labels):  # noqa: S105
        raise denied("Application permissions are not supported for retention labels.")
