"""A signed token, made by hand: libraries refuse to make the forged ones."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

from portal.sandbox.identity.keys import Key, base64url
from portal.sandbox.messages import Json

Signer = Callable[[bytes], bytes]


@dataclass
class Draft:
    """A token before it is signed; forgeries change it."""

    header: Json
    claims: Json
    sign: Signer
    key: Key

    def signed(self) -> str:
        text = f"{_part(self.header)}.{_part(self.claims)}"
        return f"{text}.{base64url(self.sign(text.encode()))}"


def draft(claims: Json, key: Key) -> Draft:
    return Draft({"typ": "JWT", "alg": "RS256", "kid": key.kid}, claims, key.sign, key)


def unsigned(text: bytes) -> bytes:
    return b""


def broken(sign: Signer) -> Signer:
    """A signature of the right length that fits nothing."""
    return lambda text: bytes(byte ^ 0x55 for byte in sign(text))


def hs256(secret: bytes) -> Signer:
    return lambda text: hmac.digest(secret, text, "sha256")


def _part(value: Json) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())
