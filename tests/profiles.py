"""Which tests run in which profile: embedded is SQLite and files, production is PostgreSQL and Redis.

Embedded runs everything. Production, which is what DATABASE_URL makes of a run, leaves out what touches no database,
and what is about pages, labels or people unless it commits; WHOLE=1 in the environment leaves only the former out.

A test for one of them says so and why, `@pytest.mark.profile("production", why="...")`; `profile("any")` is for one
that brings its own processes and is worth running on both.
"""

import os
from collections import Counter

import pytest
from django.db import connection

WHOLE = bool(os.environ.get("WHOLE"))
PURE = "touch no database, so that the profile makes no difference"
PAGES = "look at pages, labels and people, or at steps that real workers take there in other tests (WHOLE=1 runs them)"
MORE = "are more of the same (WHOLE=1 runs them)"
OF_PAGES = {"doors", "labels", "views", "web", "tenants", "history", "drift", "types", "systems", "test_views.py"}
# What crash, chaos, drill and the journey go through there with real workers.
OF_PAGES |= {"push", "mirror", "standing", "test_actions.py", "test_rebuilding.py", "test_by_hand.py", "test_home.py"}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
BROWSER = "browser"
LEFT_OUT = pytest.StashKey["Counter[str]"]()


def here() -> str:
    """The profile of this run."""
    return "production" if connection.vendor == "postgresql" else "embedded"


def why_not(item: pytest.Item) -> str:
    """Why a test is no part of this run; empty if it is."""
    if item.get_closest_marker("more") and not WHOLE:
        return MORE
    marker = item.get_closest_marker("profile")
    if marker is not None:
        return "" if marker.args[0] in (here(), "any") else str(marker.kwargs["why"])
    database = item.get_closest_marker("django_db")
    commits = database is not None and database.kwargs.get("transaction")
    if here() == "production" and not WHOLE and not commits and OF_PAGES.intersection(item.path.parts):
        return PAGES
    fixtures = set(getattr(item, "fixturenames", ()))
    is_pure = database is None and not DATABASE_FIXTURES & fixtures
    return PURE if is_pure and here() == "production" else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {item: why_not(item) for item in items}
    left_out = [item for item in items if reasons[item]]
    config.stash[LEFT_OUT] = Counter(reasons[item] for item in left_out)
    config.hook.pytest_deselected(items=left_out)
    # The browser comes last: it leaves an event loop running, in which others could start none of their own.
    items[:] = sorted((item for item in items if not reasons[item]), key=lambda item: BROWSER in item.path.parts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for why, count in config.stash.get(LEFT_OUT, Counter()).most_common():
        terminalreporter.write_line(f"Not run in the {here()} profile: {count} that {why}.")
