"""The lists of guards, `*.toml`: what each guarantee hangs on, how it is broken, and the test that must see it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted(Path(__file__).parent.glob("*.toml"))
EMBEDDED, PRODUCTION = "embedded", "production"


@dataclass(frozen=True)
class Edit:
    """One text of one file, and what stands there instead while the guard is broken."""

    file: str
    old: str
    new: str

    def fault(self, root: Path) -> str:
        """Why it cannot be made in this checkout; empty if it can."""
        path = root / self.file
        if not path.is_file():
            return f"{self.file} is not there"
        times = path.read_text().count(self.old)
        if times != 1:
            return f"{self.file} holds the old text {times} times: {self.old.strip()}"
        return "" if self.new != self.old else f"{self.file} would stay as it is"


@dataclass(frozen=True)
class Guard:
    """What holds a guarantee. Several edits where a second guard stands behind the first: both are broken at once."""

    of: tuple[str, ...]
    what: str
    edits: tuple[Edit, ...]
    test: str
    profile: str = EMBEDDED

    def answers(self, words: list[str]) -> bool:
        """Whether one of the words is a guarantee of it, or stands in its texts; any guard answers to none."""
        texts = " ".join([self.what, self.test, *(edit.file for edit in self.edits)]).lower()
        return not words or any(word in self.of or (len(word) > 3 and word.lower() in texts) for word in words)


def guards() -> list[Guard]:
    """All of them, in the order of the lists. Raises KeyError or TypeError for an entry that is not complete."""
    return [_guard(entry) for listed in LISTS for entry in tomllib.loads(listed.read_text())["guard"]]


def _guard(entry: dict[str, Any]) -> Guard:
    first = Edit(entry.pop("file"), entry.pop("old"), entry.pop("new"))
    others = [Edit(**one) for one in entry.pop("also", [])]
    return Guard(of=tuple(entry.pop("of")), edits=(first, *others), **entry)
