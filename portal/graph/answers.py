"""Reading what Graph answered, with a limit on how much and for how long."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

LARGEST: Final = 64 * 1024 * 1024
CHUNK: Final = 64 * 1024


class NoDocument(Exception):
    """The body is cut, too large, too slow, or not a JSON object."""


@dataclass(frozen=True)
class Answer:
    """One successful answer. `body` is {} where Graph has nothing to say (204)."""

    status: int
    body: dict[str, Any]
    request_id: str
    client_request_id: str


@dataclass(frozen=True)
class Page:
    """One page of a listing. `asked_at` is the caller's clock just before the page was requested."""

    items: list[dict[str, Any]]
    asked_at: datetime
    request_id: str


def document_of(response: requests.Response, *, within: float) -> dict[str, Any]:
    """The body as an object, at most LARGEST bytes unpacked, read in `within` seconds. Raises NoDocument."""
    try:
        document = json.loads(_read(response, within), object_pairs_hook=_tidied, parse_constant=_refuse)
    except (requests.RequestException, HTTPError, OSError, ValueError, RecursionError) as exc:
        raise NoDocument from exc
    if not isinstance(document, dict):
        raise NoDocument
    inner = document.get("value")
    return inner if isinstance(inner, dict) else document  # T7: a single entity wrapped as a listing is


def plain(text: object, *, limit: int) -> str:
    """Remote text as one printable line of at most `limit` characters; "" for what is no text (S28)."""
    if not isinstance(text, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in text[:limit]).strip()


def _read(response: requests.Response, within: float) -> bytes:
    body, deadline = bytearray(), time.monotonic() + within
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > LARGEST or time.monotonic() > deadline:
            raise NoDocument
    return bytes(body)


def _tidied(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keys without the blanks the documentation puts after some (T1); a key spelt right wins over one that is not."""
    tidy = {key.strip(): value for key, value in pairs}
    return tidy | {key: value for key, value in pairs if key == key.strip()}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
