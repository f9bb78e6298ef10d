"""How people sign in through Microsoft, from the environment. README.md lists the settings.

What the sandbox's stand-in knows Fileplan as is written here once more: the sandbox shares no code with the portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from portal.graph.clouds import AN_ID, Cloud, CloudNotOffered, offered

NONE: Final = "none"
OTHERS: Final = ("SIGN_IN_DIRECTORIES", "SIGN_IN_CLIENT_ID", "SIGN_IN_SECRET", "SIGN_IN_CERTIFICATE", "SIGN_IN_KEY")


@dataclass(frozen=True)
class SignIn:
    """Which directories people come from, and what Fileplan proves itself with there: a secret, or both PEM texts."""

    cloud: str
    directories: tuple[str, ...]
    client_id: str
    secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @property
    def directory(self) -> str:
        """Where they are asked to sign in: their directory, or any organisation's where there are several."""
        return self.directories[0] if len(self.directories) == 1 else "organizations"


STAND_IN: Final = SignIn(
    cloud=Cloud.SANDBOX,
    directories=("6f2d9a51-0c3e-4b7e-9a37-2d5b8e6f1a01", "b84c1e70-5d2a-4f96-8c1b-7e3f90a2d602"),
    client_id="0d7f3c12-8e45-4a6b-b1d9-3f6a2c5e7b01",
    secret="stand-in-secret-that-guards-nothing",  # noqa: S106  (nothing is behind it)
)


def sign_in(given: Mapping[str, str], *, production: bool) -> SignIn | None:
    """What is set, or None where nobody signs in through Microsoft. On this machine alone the stand-in counts unless
    something else is set.

    Raises ImproperlyConfigured, with a sentence for whoever starts the portal.
    """
    said = {name: given.get(name, "").strip() for name in ("SIGN_IN_CLOUD", *OTHERS)}
    cloud = said["SIGN_IN_CLOUD"].lower() or ("" if production else Cloud.SANDBOX.value)
    if cloud in {"", NONE}:
        _nothing_is_left_over(said)
        return None
    _is_offered(cloud, production=production)
    if cloud == Cloud.SANDBOX and not any(said[name] for name in OTHERS):
        return STAND_IN
    return SignIn(cloud, _directories(said), _client_id(said), **_credential(said))


def _nothing_is_left_over(said: Mapping[str, str]) -> None:
    left = [name for name in OTHERS if said[name]]
    if left:
        raise ImproperlyConfigured(f"{left[0]} is set, and SIGN_IN_CLOUD is not. Set it to global, for instance.")


def _is_offered(cloud: str, *, production: bool) -> None:
    try:
        known = offered(cloud)
    except CloudNotOffered as exc:
        raise ImproperlyConfigured(f"SIGN_IN_CLOUD is “{cloud}”. {exc}") from exc
    if production and known is Cloud.SANDBOX:
        raise ImproperlyConfigured("SIGN_IN_CLOUD is “sandbox” for a public host: anybody could come in as anybody.")


def _directories(said: Mapping[str, str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.strip().lower() for one in said["SIGN_IN_DIRECTORIES"].split(",") if one.strip()))
    if not found:
        raise ImproperlyConfigured("SIGN_IN_DIRECTORIES is missing. Set it to the ids of the directories to let in.")
    for one in found:
        if not AN_ID.fullmatch(one):
            raise ImproperlyConfigured(f"SIGN_IN_DIRECTORIES names “{one}”, which is no directory id.")
    return found


def _client_id(said: Mapping[str, str]) -> str:
    found = said["SIGN_IN_CLIENT_ID"].lower()
    if not AN_ID.fullmatch(found):
        raise ImproperlyConfigured("SIGN_IN_CLIENT_ID is no application id. Copy it from the app registration.")
    return found


def _credential(said: Mapping[str, str]) -> dict[str, str]:
    secret, certificate, key = said["SIGN_IN_SECRET"], said["SIGN_IN_CERTIFICATE"], said["SIGN_IN_KEY"]
    if bool(secret) == bool(certificate or key) or bool(certificate) != bool(key):
        raise ImproperlyConfigured("Set SIGN_IN_SECRET, or both SIGN_IN_CERTIFICATE and SIGN_IN_KEY.")
    if secret:
        return {"secret": secret}
    texts = {"certificate": _text("SIGN_IN_CERTIFICATE", certificate), "key": _text("SIGN_IN_KEY", key)}
    _belong_together(**texts)
    return texts


def _text(name: str, file: str) -> str:
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError) as exc:
        raise ImproperlyConfigured(
            f"{name} names a file that cannot be read. Set it to the path of a PEM file."
        ) from exc


def _belong_together(certificate: str, key: str) -> None:
    try:
        of_certificate = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        of_key = load_pem_private_key(key.encode(), password=None).public_key()
    except (ValueError, TypeError) as exc:
        raise ImproperlyConfigured("SIGN_IN_CERTIFICATE and SIGN_IN_KEY must be PEM files, the key unlocked.") from exc
    if of_certificate != of_key:
        raise ImproperlyConfigured("SIGN_IN_CERTIFICATE and SIGN_IN_KEY do not belong together.")
