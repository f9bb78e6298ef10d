"""The control paths below /sandbox/identity; bodies are JSON objects with the names that `doors` has."""

from collections.abc import Callable
from typing import Any

PATHS: dict[str, dict[str, Callable[[Any, Any], Any]]] = {
    "identity": {"GET": lambda sandbox, _: sandbox.identity.show()},
    "identity/registrations": {"POST": lambda sandbox, body: sandbox.identity.register(**body)},
    "identity/people": {"POST": lambda sandbox, body: sandbox.identity.person(**body)},
    "identity/consents": {"POST": lambda sandbox, body: sandbox.identity.consent(**body)},
    "identity/revocations": {"POST": lambda sandbox, body: sandbox.identity.revoke(**body)},
    "identity/keys": {"POST": lambda sandbox, body: sandbox.identity.rotate_keys(**(body or {}))},
    "identity/forgeries": {
        "GET": lambda sandbox, _: sandbox.identity.forgeries(),
        "POST": lambda sandbox, body: sandbox.identity.forge(body),
        "DELETE": lambda sandbox, _: sandbox.identity.forge([]),
    },
}
