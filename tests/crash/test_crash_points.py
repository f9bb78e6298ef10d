"""T2: whatever moment a worker dies at, the next one goes on and every promise holds (G1, G2, G4, G6).

Every fifteenth moment; in production, where each takes longer, every thirtieth. WHOLE=1 in the environment tries all.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.profiles import WHOLE, here

pytestmark = [pytest.mark.crash, pytest.mark.profile("any")]
EVERY = 1 if WHOLE else 15 if here() == "embedded" else 30
SCENARIOS = ("create", "update", "delete", "event")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All scenarios side by side, each with a sandbox tenant and a database of its own."""
    sandboxes, started = [], {}
    for scenario in SCENARIOS:
        folder = tmp_path_factory.mktemp(scenario)
        environment = os.environ | {"DATA_DIR": str(folder), "SETTLE": "0", "LOG_LEVEL": "ERROR"}
        environment |= {"PYTHONWARNINGS": "ignore"} | of_its_own(scenario)
        command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--seed-labels", "12"]
        served = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        sandboxes.append(served)
        assert served.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", served.stdout.readline())
        assert found is not None
        started[scenario] = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.enumerate", scenario],
            cwd=ROOT,
            env=environment | {"SANDBOX_URL": found[0]},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    yield started
    for process in [*started.values(), *sandboxes]:
        process.terminate()
        process.communicate(timeout=10)


def of_its_own(scenario: str) -> dict[str, str]:
    """A database and a broker of this profile that nobody else uses."""
    if here() == "embedded":
        return {"DATABASE_URL": "", "REDIS_URL": "", "CRASH_EVERY": str(EVERY)}
    urls = {name: os.environ[name].rpartition("/")[0] for name in ("DATABASE_URL", "REDIS_URL")}
    number = SCENARIOS.index(scenario) + 1
    own = {"DATABASE_URL": f"{urls['DATABASE_URL']}/crash_{scenario}", "REDIS_URL": f"{urls['REDIS_URL']}/{number}"}
    return own | {"CRASH_EVERY": str(EVERY)}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_crash_point_is_survived(
    scenario: str, runs: dict[str, subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    told, _ = runs[scenario].communicate(timeout=600)
    last = told.strip().splitlines()[-1]

    with capsys.disabled():
        print(f"\n{last}")
    assert runs[scenario].returncode == 0, told
    assert re.fullmatch(rf"{scenario}: crash points to [1-9]\d+, every promise kept", last)
