"""Who and what the directories hold."""

from dataclasses import dataclass, field

AUTOMATIC = ("organizations", "common")
"""Names that stand in a path for whichever directory the person is of."""


@dataclass(frozen=True)
class Directory:
    id: str
    name: str
    domain: str


@dataclass
class Person:
    oid: str
    directory: str
    name: str
    preferred_username: str
    roles: list[str] = field(default_factory=list)
    """App roles, by value."""
    groups: list[str] = field(default_factory=list)
    """Object ids."""
    has_purview_role: bool = True
    may_consent: bool = False
    """May grant an app its permissions, for everybody in the directory."""
    is_enabled: bool = True
    amr: list[str] = field(default_factory=lambda: ["pwd", "mfa"])


@dataclass
class Secret:
    id: str
    value: str
    expires_at: float | None = None


@dataclass
class Registration:
    """An app. `redirect_uris` count as they stand; `any_loopback` allows any address of this machine beside them."""

    client_id: str
    directory: str
    name: str
    secrets: list[Secret] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    """PEM, without keys."""
    redirect_uris: list[str] = field(default_factory=list)
    any_loopback: bool = False
    app_roles: list[str] = field(default_factory=list)
    permissions: list[str] = field(default_factory=list)
    """What it may do without a person."""
    is_multi_tenant: bool = False
    is_public: bool = False
    """May take part without a secret where no browser is led back to it: device codes."""
    service_id: str = ""
    """Object id of its service principal."""


@dataclass
class Refresh:
    """What one refresh token stands for."""

    client_id: str
    oid: str
    scope: str
    auth_time: int
    expires_at: float
    generation: str
    is_public: bool = False


@dataclass
class Code:
    client_id: str
    redirect_uri: str
    challenge: str
    oid: str
    scope: str
    nonce: str
    auth_time: int
    expires_at: float
    is_used: bool = False


@dataclass
class Device:
    """A device code and what became of it: pending, approved, declined or used."""

    user_code: str
    client_id: str
    directory: str
    scope: str
    expires_at: float
    state: str = "pending"
    oid: str = ""
    auth_time: int = 0


@dataclass(frozen=True)
class Session:
    """Who is signed in in a browser, and since when."""

    oid: str
    at: int
