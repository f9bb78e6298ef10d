"""Reading the environment: each value as what it is, or a sentence that stops the start."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

SQLITE = "django.db.backends.sqlite3"
ENGINES = (SQLITE, "django.db.backends.postgresql")

env = environ.Env()


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number from the environment. Raises ImproperlyConfigured naming the variable and its range."""
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} is “{text}”. Set it to a whole number from {least} to {most}.")
    return int(text)


def switch(name: str, *, default: bool) -> bool:
    """A yes or no from the environment. Raises ImproperlyConfigured naming the variable."""
    text = os.environ.get(name, "").strip().lower() or str(default).lower()
    if text not in {"true", "1", "yes", "false", "0", "no"}:
        raise ImproperlyConfigured(f"{name} is “{text}”. Set it to true or false.")
    return text in {"true", "1", "yes"}


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks from the environment, with commas between. Raises ImproperlyConfigured naming the first
    that is none."""
    found = []
    for text in filter(None, map(str.strip, os.environ.get(name, "").split(","))):
        try:
            found.append(ip_network(text))
        except ValueError as exc:
            raise ImproperlyConfigured(f"{name} names “{text}”. Write addresses like 10.0.0.7 or 10.0.0.0/24.") from exc
    return found


def kept_secret(file: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(64)) -> str:
    """A secret made on the first start and kept in the data folder, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        with suppress(FileExistsError):  # another process was quicker; both go by the same secret
            os.link(draft, file)
        draft.unlink()
    return file.read_text()


def new_token_key() -> str:
    """A key that tokens and secrets of Microsoft accounts can be encrypted with."""
    return Fernet.generate_key().decode()


def token_keys(text: str) -> list[str]:
    """Keys with commas between, the newest first. Raises ImproperlyConfigured for one that is none."""
    keys = list(filter(None, map(str.strip, text.split(","))))
    try:
        if not [Fernet(key) for key in keys]:
            raise ValueError
    except ValueError:
        raise ImproperlyConfigured("TOKEN_KEYS holds no key. Make one with: manage.py token_keys new") from None
    return keys


def mail(url: str) -> dict[str, Any]:
    """Django's settings for a mail URL; without one nobody is written to. Raises ImproperlyConfigured."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        settings: dict[str, Any] = env.email_url_config(url)
    except Exception:
        raise ImproperlyConfigured("EMAIL_URL cannot be read. Write e.g. smtp+tls://user:password@host:587.") from None
    return settings


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL; SQLite in WAL with synchronous FULL and IMMEDIATE transactions (G16).

    Raises ImproperlyConfigured for what cannot be read, and for other engines.
    """
    try:
        settings: dict[str, Any] = env.db_url_config(url)
    except Exception as exc:
        raise ImproperlyConfigured("A database URL cannot be read. Write e.g. postgres://user@host/name.") from exc
    if settings.get("ENGINE") not in ENGINES:
        raise ImproperlyConfigured("A database URL names no PostgreSQL and no SQLite. Write postgres://user@host/name.")
    if settings["ENGINE"] == SQLITE:
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        }
    return settings
