"""Three-way comparison, field by field: what the draft was based on, what the tenant holds now, what is wanted."""

from dataclasses import dataclass

from portal.mirror.kinds import Document

ABSENT = object()


@dataclass(frozen=True)
class Comparison:
    """Fields by what has become of them.

    `wanted`: still as in base, to be sent; `there`: already as wanted; `conflict`: neither, somebody else changed it.
    """

    wanted: tuple[str, ...]
    there: tuple[str, ...]
    conflict: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        return not self.wanted and not self.conflict


def changed_fields(base: Document, after: Document) -> tuple[str, ...]:
    """The top-level fields that differ, in alphabetical order. A field absent on one side differs."""
    return tuple(
        sorted(name for name in base.keys() | after.keys() if base.get(name, ABSENT) != after.get(name, ABSENT))
    )


def compare(base: Document, now: Document, after: Document) -> Comparison:
    """Sort the fields that the change touches (reliability.md 5): now == after is there already, now == base can be
    changed, anything else was changed by somebody else and is never overwritten silently (G13)."""
    touched = changed_fields(base, after)
    there = tuple(name for name in touched if now.get(name, ABSENT) == after.get(name, ABSENT))
    wanted = tuple(name for name in touched if name not in there and now.get(name, ABSENT) == base.get(name, ABSENT))
    conflict = tuple(name for name in touched if name not in there and name not in wanted)
    return Comparison(wanted, there, conflict)
