"""The marker of what happens once: the one text by which it is found again, whatever became of its request.

It stands at the end of name and description from the draft on, so that what is approved, sent and found are the same
text (reliability.md 3, rule 7).
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else
LENGTH = 14
MARKER = re.compile(r"(?:^|\s)(FPE-[0-9A-HJKMNP-TV-Z]{10})$")
BEARERS = ("displayName", "description")


def new() -> str:
    """A marker nobody has had: 50 random bits after `FPE-`."""
    return "FPE-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 4))


def of(document: Mapping[str, Any]) -> str:
    """The marker that an object bears at the end of its name or of its description; "" for none."""
    for name in BEARERS:
        found = MARKER.search(str(document.get(name) or ""))
        if found:
            return found[1]
    return ""


def borne_by(raw: Mapping[str, Any], marker: str) -> bool:
    """Whether an object bears this marker, wherever in its name or description the service has put it."""
    return any(marker in str(raw.get(name) or "") for name in BEARERS)


def without(text: str) -> str:
    """A name or description without its marker."""
    return MARKER.sub("", text).rstrip()


def exchanged(document: Mapping[str, Any], marker: str) -> dict[str, Any]:
    """The same wish under another marker, for another attempt at what certainly did not happen."""
    texts = {name: f"{without(str(document[name]))} {marker}".lstrip() for name in BEARERS if name in document}
    return {**document, **texts}
