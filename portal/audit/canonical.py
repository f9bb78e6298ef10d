"""Canonical JSON: the one way a value becomes bytes, so that equal content has equal hashes (reliability.md 6)."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

Json = Any
LISTS = (list, tuple)


class Uncanonical(ValueError):
    """A value that has no canonical form: a float, a key that is not ASCII, U+0000 or a lone surrogate."""


def text(value: str) -> str:
    """A string in NFC. Raises Uncanonical for U+0000 and lone surrogates."""
    if value.isascii() and "\0" not in value:  # in NFC already, and most of what there is
        return value
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Uncanonical("The text contains a character that cannot be stored.")
    return unicodedata.normalize("NFC", value)


def must_be_storable(value: Json) -> None:
    """Raises Uncanonical if a text in it, or the name of a field, is one that not every database keeps."""
    if isinstance(value, str):
        text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            text(name)
            must_be_storable(item)
    elif isinstance(value, LISTS):
        for item in value:
            must_be_storable(item)


def _canonical(value: Json) -> Json:
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, int):  # bool is one
        return value
    if isinstance(value, dict):
        _must_be_names(value)
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, LISTS):
        return [_canonical(item) for item in value]
    raise Uncanonical(f"{type(value).__name__} has no canonical form.")


def _must_be_names(keys: Iterable[object]) -> None:
    """All of them at once: whole file plans come by here before each of their changes is sent."""
    try:
        together = "".join(keys)  # type: ignore[arg-type]
    except TypeError:
        together = "\0"
    if not together.isascii() or "\0" in together:
        raise Uncanonical("Names of fields are plain ASCII.")


def dumps(value: Json) -> str:
    """Canonical JSON: keys sorted, no spaces, non-ASCII literal, strings NFC. Raises Uncanonical."""
    return json.dumps(_canonical(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(value: Json) -> str:
    """SHA-256 over the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()
