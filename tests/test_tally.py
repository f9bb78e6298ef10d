"""What `make test` says at its end: how many passed in each profile, and what could not be run."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import __main__ as tests
from tests import servers
from tests.servers import Missing, Server

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="2" tests="9">
  <testcase name="a"><skipped type="pytest.skip" message="Chromium is missing.">conftest.py:9</skipped></testcase>
  <testcase name="b"><skipped type="pytest.skip" message="Chromium is missing.">conftest.py:9</skipped></testcase>
</testsuite></testsuites>"""


def ended(monkeypatch: pytest.MonkeyPatch, *, skipped: str = "", missing: str = "", ci: str = "") -> int:
    """The exit status after good runs, with one test of each skipped for that reason or no server to be had."""
    why = Counter([skipped] if skipped else [])

    class Ended:
        """A run that went well."""

        def __init__(self, profile: str, *_more: object, **_named: object) -> None:
            self.profile = profile

        def tally(self) -> tests.Tally:
            return tests.Tally(self.profile, 0, 7, why, 1.0)

    monkeypatch.setattr(tests, "Run", Ended)
    monkeypatch.setattr(sys, "argv", ["tests"])

    @contextmanager
    def server() -> Iterator[Server]:
        if missing:
            raise Missing(missing)
        yield Server("", 0, None)  # type: ignore[arg-type]

    monkeypatch.setattr(servers, "postgresql", server)
    monkeypatch.setattr(servers, "redis", server)
    monkeypatch.setenv("CI", ci)
    return tests.main()


def test_told_counts_what_passed_and_why_others_were_skipped(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)

    assert tests.told(tmp_path / "report.xml") == (5, Counter({"Chromium is missing.": 2}))


def test_a_run_closes_with_a_count_for_each_profile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, ci="true") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "embedded: 21 passed; production: 21 passed"


def test_what_was_skipped_is_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = [ended(monkeypatch, skipped="Chromium is missing.", ci=ci) for ci in ("", "true")]

    assert statuses == [0, 1]
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Could not be run: 3 in the embedded profile: Chromium is missing.",
        "Could not be run: 3 in the production profile: Chromium is missing.",
    ]


def test_a_missing_server_is_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = [ended(monkeypatch, missing="Redis is missing.", ci=ci) for ci in ("", "true")]

    assert statuses == [0, 1]
    assert capsys.readouterr().out.splitlines()[-1] == "Could not be run: the production profile: Redis is missing."
