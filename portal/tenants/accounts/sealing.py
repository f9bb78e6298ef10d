"""Tokens and secrets at rest (S22): encrypted with the newest of TOKEN_KEYS, each telling which key it was."""

from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid


class Sealed(Invalid):
    """What was kept cannot be opened: the key it was encrypted with is gone."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "What is kept of the connected account was encrypted with a key that TOKEN_KEYS no longer holds. "
                "Put the key back, or give secret and sign-in anew."
            )
        )


def key_id(key: str) -> str:
    """What names a key without telling it."""
    return sha256(key.encode()).hexdigest()[:8]


def seal(text: str) -> str:
    """`text` encrypted, behind the id of the key."""
    newest = settings.TOKEN_KEYS[0]
    return f"{key_id(newest)}:{Fernet(newest).encrypt(text.encode()).decode()}"


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises Sealed if its key is gone."""
    name, _colon, token = sealed.partition(":")
    keys = {key_id(key): key for key in settings.TOKEN_KEYS}
    try:
        return Fernet(keys[name]).decrypt(token.encode()).decode()
    except (KeyError, InvalidToken) as exc:
        raise Sealed from exc


def is_old(sealed: str) -> bool:
    """Whether something is not encrypted with the newest key."""
    return bool(sealed) and not sealed.startswith(f"{key_id(settings.TOKEN_KEYS[0])}:")
