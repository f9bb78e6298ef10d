"""The keys that tokens are signed with, and how they are published."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portal.sandbox.messages import Json

BITS, EXPONENT = 2048, 65537


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Key:
    private: rsa.RSAPrivateKey

    @property
    def public(self) -> rsa.RSAPublicKey:
        return self.private.public_key()

    @property
    def kid(self) -> str:
        return base64url(sha256(self.public_pem).digest())[:27]

    @property
    def public_pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.public.public_bytes(serialization.Encoding.PEM, form)

    def sign(self, text: bytes) -> bytes:
        """RS256."""
        return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())

    def published(self) -> Json:
        numbers = self.public.public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": base64url(numbers.n.to_bytes(BITS // 8, "big")),
            "e": base64url(numbers.e.to_bytes(3, "big")),
        }

    def kept(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def new_key() -> Key:
    return Key(rsa.generate_private_key(EXPONENT, BITS))


@cache
def first_key() -> Key:
    """The key every sandbox of this process starts with: making one takes as long as a whole test."""
    return new_key()


class Keys:
    """All published keys; the last one signs. There is none until one is wanted."""

    def __init__(self, kept: list[str]) -> None:
        """Raises ValueError or TypeError for what is no RSA key in PEM."""
        self._keys = [Key(_read(pem)) for pem in kept]

    @property
    def all(self) -> tuple[Key, ...]:
        return tuple(self._keys)

    def make(self) -> None:
        self._keys = self._keys or [first_key()]

    @property
    def is_made(self) -> bool:
        return bool(self._keys)

    @property
    def current(self) -> Key:
        return self.all[-1]

    def of(self, kid: str) -> Key | None:
        return next((key for key in self.all if key.kid == kid), None)

    def rotate(self, *, forget: bool) -> None:
        """Sign with a new key; `forget` publishes the older ones no more."""
        self._keys = [*([] if forget else self.all), new_key()]

    def kept(self) -> list[str]:
        return [key.kept() for key in self._keys]


def _read(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
