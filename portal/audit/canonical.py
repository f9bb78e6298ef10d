"""Canonical JSON: the one way a value becomes bytes, so that equal content has equal hashes (reliability.md 6)."""

import hashlib
import json
import unicodedata
from typing import Any

Json = Any


class Uncanonical(ValueError):
    """A value that has no canonical form: a float, a key that is not ASCII, U+0000 or a lone surrogate."""


def text(value: str) -> str:
    """A string in NFC. Raises Uncanonical for U+0000 and lone surrogates."""
    if value.isascii() and "\0" not in value:  # in NFC already, and most of what there is
        return value
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Uncanonical("The text contains a character that cannot be stored.")
    return unicodedata.normalize("NFC", value)


def _canonical(value: Json) -> Json:
    if isinstance(value, dict):
        if not all(isinstance(key, str) and key.isascii() for key in value):
            raise Uncanonical("Names of fields are plain ASCII.")
        return {text(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int):
        return value
    raise Uncanonical(f"{type(value).__name__} has no canonical form.")


def dumps(value: Json) -> str:
    """Canonical JSON: keys sorted, no spaces, non-ASCII literal, strings NFC. Raises Uncanonical."""
    return json.dumps(_canonical(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(value: Json) -> str:
    """SHA-256 over the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()
