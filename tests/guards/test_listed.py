"""The list of guards cannot rot: each can be broken as it says, its test is there, and no guarantee is without one.

That the tests go red is another run, a long one: `make guards`.
"""

import ast
from functools import cache

import pytest

from tests.guards.listed import EMBEDDED, PRODUCTION, ROOT, Edit, Guard, guards

GUARDS = guards()
S = (*range(1, 17), *range(18, 36))
NAMED = (
    *(f"G{number}" for number in range(1, 20)),
    *(f"S{number}" for number in S),
    *(f"VR-{number}" for number in (27, 39, 42, 45, 46, 47, 58, 61, 74, 75)),
    *("mass deletion", "two look-ups", "self-kill", "lease", "seen_at", "404", "circuit", "Retry-After"),
    *("marker", "echo", "waiting period", "withdrawal", "all pushes held", "following", "privacy", "account", "meter"),
    *("C17", "test fixture", "owns nothing"),
)


@cache
def named_in(file: str) -> dict[str, bool]:
    """The tests of a file, and whether pytest names each with its parameters."""
    functions = [one for one in ast.parse((ROOT / file).read_text()).body if isinstance(one, ast.FunctionDef)]
    return {one.name: any("parametrize" in ast.unparse(mark) for mark in one.decorator_list) for one in functions}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.what)
def test_a_guard_can_be_broken_and_its_test_is_there(guard: Guard) -> None:
    file, _colons, test = guard.test.partition("::")
    name, bracket, _parameters = test.partition("[")

    assert [fault for edit in guard.edits if (fault := edit.fault(ROOT))] == []
    assert name in named_in(file)
    assert named_in(file)[name] or not bracket
    assert guard.profile in (EMBEDDED, PRODUCTION)


def test_every_guarantee_has_a_guard() -> None:
    assert [name for name in NAMED if not any(name in guard.of for guard in GUARDS)] == []


def test_every_guarantee_of_a_guard_is_known() -> None:
    assert {name for guard in GUARDS for name in guard.of} <= set(NAMED)


def test_no_guard_is_listed_twice() -> None:
    assert len({guard.what for guard in GUARDS}) == len(GUARDS)


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (Edit("nowhere.py", "a", "b"), "nowhere.py is not there"),
        (Edit("manage.py", "never written", "b"), "manage.py holds the old text 0 times: never written"),
        (Edit("manage.py", "import", "b"), "manage.py holds the old text 3 times: import"),
        (Edit("manage.py", "import os", "import os"), "manage.py would stay as it is"),
    ],
)
def test_an_edit_says_why_it_cannot_be_made(edit: Edit, fault: str) -> None:
    assert edit.fault(ROOT) == fault


def test_words_choose_guards() -> None:
    guard = Guard(("G12", "404"), "only a 404 counts", (Edit("portal/mirror/gone.py", "a", "b"),), "tests/x.py::test_y")

    assert [guard.answers([word]) for word in ("G12", "404", "mirror/gone", "counts")] == [True] * 4
    assert [guard.answers([word]) for word in ("G1", "lease")] == [False] * 2
    assert guard.answers([])
