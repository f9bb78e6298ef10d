"""Every pattern there is ends soon on any text, however long and malicious (S19). Nobody can give one of their own."""

import importlib
import inspect
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import pytest

import events
import labels
import portal

LONG = 100_000
RUNS = [one * LONG for one in ("a", "A", " ", "0", "-", "_", ".", ":", "/", "\\", '"', "“", "\n", "\x1b[", "é")]
MIXED = ["a-" * LONG, "a " * LONG, "1," * LONG, "a.a@" * LONG, "((" * LONG, "-----BEGIN " * (LONG // 8), '"",' * LONG]
HOSTILE = [text + end for text in RUNS + MIXED for end in ("", "!", "\n", "\x00")]
ENOUGH = 20  # seconds for a pattern over all of these; one that backtracks takes years


SEARCHING = ("search", "sub", "subn", "split", "findall", "finditer")


class Used(NamedTuple):
    """A pattern, and whether it is looked for anywhere in a text or held against its beginning."""

    pattern: re.Pattern[str]
    searches: bool


def patterns() -> Iterator[tuple[str, Used]]:
    """Those of the portal; the sandbox hears only people who try it on their own machine."""
    for package in (portal, labels, events):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if any(part in found.name for part in (".migrations", ".management", ".sandbox", ".wsgi")):
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    source = inspect.getsource(module)
                    yield f"{found.name}.{name}", Used(value, any(f"{name}.{one}(" in source for one in SEARCHING))


FOUND = dict(patterns())


@contextmanager
def ending_within(seconds: int) -> Iterator[None]:
    """Raises TimeoutError in what takes longer."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_there_are_patterns_of_both_kinds() -> None:
    assert {used.searches for used in FOUND.values()} == {True, False}
    assert len(FOUND) > 10


@pytest.mark.parametrize("used", FOUND.values(), ids=FOUND)
def test_a_pattern_ends_soon(used: Used) -> None:
    with ending_within(ENOUGH):
        for text in HOSTILE:
            used.pattern.match(text)
            used.pattern.fullmatch(text)
            if used.searches:
                used.pattern.search(text)
