"""Stages as a form holds them while they are written: added, moved and removed without losing what was typed."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.http import QueryDict

PREFIX = "dispositionReviewStages"
FIELDS = ("name", "reviewersEmailAddresses")
MOST_TYPED = 20
"""Stages a form reads at most. Purview allows five (VR-20); more are kept only so that they can be removed."""

Typed = dict[str, str]


class Moved(NamedTuple):
    """The stages after a button was pressed, and which of them keeps the focus (None: none is left there)."""

    stages: list[Typed]
    focus: int | None


def addresses(text: str) -> list[str]:
    """The addresses of a chip input: one per line, or set apart by commas or semicolons."""
    return [address.strip() for address in re.split(r"[\n\r,;]+", text) if address.strip()]


def typed(data: Mapping[str, str]) -> list[Typed]:
    """The stages of a posted form, in order, exactly as they were typed."""
    count = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    total = min(int(count), MOST_TYPED) if count.isascii() and count.isdigit() else 0
    return [{field: data.get(f"{PREFIX}-{at}-{field}", "") for field in FIELDS} for at in range(total)]


def posted(stages: Sequence[Typed]) -> dict[str, str]:
    """The fields a form would post for these stages."""
    values = {f"{PREFIX}-TOTAL_FORMS": str(len(stages)), f"{PREFIX}-INITIAL_FORMS": "0"}
    return values | {f"{PREFIX}-{at}-{field}": stage[field] for at, stage in enumerate(stages) for field in FIELDS}


def with_stages(data: QueryDict, stages: Sequence[Typed]) -> QueryDict:
    """What was posted, with these stages instead of its own."""
    changed = data.copy()
    for name in [name for name in changed if name.startswith(f"{PREFIX}-")]:
        del changed[name]
    changed.update(posted(stages))
    return changed


def pressed(stages: Sequence[Typed], button: str, *, known: int) -> Moved:
    """What a button makes of the stages: `add`, `up-2`, `down-1` or `remove-3`, counted from 1.

    The first `known` stages exist in the tenant and can neither move nor go (VR-27); a button that cannot be meant
    changes nothing.
    """
    changed = list(stages)
    if button == "add" and len(changed) < MOST_TYPED:
        return Moved([*changed, dict.fromkeys(FIELDS, "")], len(changed))
    verb, _, number = button.partition("-")
    at = int(number) - 1 if number.isascii() and number.isdigit() else -1
    if not known <= at < len(changed):
        return Moved(changed, None)
    if verb == "remove":
        del changed[at]
        return Moved(changed, min(at, len(changed) - 1) if changed else None)
    to = {"up": at - 1, "down": at + 1}.get(verb, -1)
    if not known <= to < len(changed):
        return Moved(changed, at)
    changed[at], changed[to] = changed[to], changed[at]
    return Moved(changed, to)
