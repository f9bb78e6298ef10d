"""What a client asks to be allowed (contract sections 1 and 2)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.sandbox.identity.failures import Failure, lacking
from portal.sandbox.messages import Request

OPEN = ("openid", "profile", "email", "offline_access")
FREE = (*OPEN, "User.Read")
"""Nobody is asked for consent to these."""
PERMISSIONS = ("RecordsManagement.Read.All", "RecordsManagement.ReadWrite.All")
DEFAULT = ".default"
GRAPH_ID = "00000003-0000-0000-c000-000000000000"
"""Graph itself: whom a token is for when its permission was asked by its short name."""
CLOUDS = ("https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us")


@dataclass(frozen=True)
class Scopes:
    """As asked: the words, the API they are of, and the permissions they name."""

    words: tuple[str, ...]
    audience: str
    permissions: frozenset[str]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def is_default(self) -> bool:
        return any(_name(word) == DEFAULT for word in self.words)

    def granted(self, permissions: frozenset[str]) -> str:
        """The `scope` of an answer: what was asked, in the words in which it was asked, and what `.default` came to."""
        spoken = [word for word in self.words if word != "offline_access"]
        meant = [f"{self.audience}/{name}" for name in sorted(permissions)] if self.is_default else []
        return " ".join([*spoken, *meant])


def own_roots(request: Request) -> set[str]:
    """The stand-in Graph by every name it has on this machine."""
    port = urlsplit(request.root).port
    return {request.root, f"http://127.0.0.1:{port}", f"http://localhost:{port}"}


def read(text: str, request: Request) -> Scopes:
    """Raises Failure for a permission nobody knows, or for two APIs at once."""
    words = tuple(dict.fromkeys(text.split()))
    if not words:
        raise lacking("scope")
    roots = {*CLOUDS, *own_roots(request)}
    audiences = {_audience(word, roots) for word in words if word not in FREE}
    if len(audiences) > 1:
        raise _invalid("One or more scopes are not compatible with each other: they name several resources.")
    names = {_name(word) for word in words if word not in FREE}
    permissions = frozenset(PERMISSIONS if DEFAULT in names else names)
    return Scopes(words, audiences.pop() if audiences else GRAPH_ID, permissions)


def _audience(word: str, roots: set[str]) -> str:
    root, slash, name = word.rpartition("/")
    if (slash and root not in roots) or name not in (*PERMISSIONS, "User.Read", DEFAULT):
        message = f"The application asked for scope '{word}' that doesn't exist on the resource."
        raise Failure("invalid_client", 650053, message)
    return root or GRAPH_ID


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def _invalid(message: str) -> Failure:
    return Failure(
        "invalid_scope", 70011, f"The provided value for the input parameter 'scope' is not valid. {message}"
    )
