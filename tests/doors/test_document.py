"""docs/security.md cannot rot: it names every requirement once, and tests that are there."""

import ast
import re
from functools import cache

import pytest
from django.conf import settings

ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (settings.BASE_DIR / "docs" / "security.md").read_text().splitlines()
    if line.startswith("| S")
]


@cache
def named_in(file: str) -> frozenset[str]:
    path = settings.BASE_DIR / file
    return frozenset(one.name for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef))


def test_every_requirement_stands_there_once() -> None:
    assert [row[0] for row in ROWS] == [f"S{number}" for number in range(1, 36)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_its_test_is_there(row: list[str]) -> None:
    named = re.fullmatch(r"`(?P<file>tests/\S+\.py)::(?P<test>test_\w+)`", row[3])

    assert named is not None
    assert named["test"] in named_in(named["file"])
