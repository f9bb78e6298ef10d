"""How the portal is known to a directory."""

from dataclasses import dataclass, field
from typing import Any, Final

from portal.graph import clouds

NOTHING: Final = ""
"""The credential of a portal that signs in by device code alone: it is what Microsoft calls a public client."""


@dataclass(frozen=True)
class Certificate:
    """What the portal proves itself with instead of a secret: both in PEM."""

    private_key: str = field(repr=False)
    certificate: str


@dataclass(frozen=True)
class Registration:
    """An app registration in a directory of one cloud. `directory` is its id, or `organizations` for any of several."""

    cloud: str
    directory: str
    client_id: str
    credential: str | Certificate = field(repr=False)
    sandbox_root: str = ""

    @property
    def names_one(self) -> bool:
        """Whether only people of one directory can sign in."""
        return self.directory not in {"organizations", "common"}

    @property
    def origin(self) -> str:
        """The sign-in host. Raises CloudNotOffered."""
        return clouds.authority_of(self.cloud)

    @property
    def authority(self) -> str:
        """Where people of the directory sign in."""
        return f"{self.origin}/{self.directory}"

    @property
    def proof(self) -> str | dict[str, Any]:
        """The credential as MSAL takes it."""
        if isinstance(self.credential, Certificate):
            return {"private_key": self.credential.private_key, "public_certificate": self.credential.certificate}
        return self.credential
