"""S30: every version is pinned, and nothing in the list says where to fetch it from."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = [Requirement(text) for text in sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"])]
BENCH = [Requirement(text) for text in PROJECT["optional-dependencies"]["bench"]]  # not installed for tests
PINNED = dict(line.partition(" ;")[0].split("==") for line in LINES if "==" in line)


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_a_name_and_one_version(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[a-z0-9.+!]+( ; [a-z_'<>=.0-9 ]+)?", line)


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_what_is_asked_for_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    assert wanted.specifier.contains(PINNED[canonicalize_name(wanted.name)])


@pytest.mark.parametrize("wanted", [one for one in WANTED if one not in BENCH], ids=str)
def test_what_it_brings_along_is_pinned_too(wanted: Requirement) -> None:
    asked = map(Requirement, metadata.requires(wanted.name) or [])
    brought = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert [one.name for one in brought if canonicalize_name(one.name) not in PINNED] == []


def test_no_address_stands_in_the_list() -> None:
    assert not re.search(r"://|@|--", (ROOT / "constraints.txt").read_text())
