"""T4: whole groups of workers are killed, the broker forgets everything, a fifth of all answers is wrong (G2, G3).

STORM=seeds x changes in the environment runs more; CI runs one seed in each profile.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.profiles import here

SEEDS, CHANGES = map(int, os.environ.get("STORM", "1x60").split("x"))
LONGEST = 300.0 + 10 * CHANGES  # seconds; the storm itself fails earlier, and says why
ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.crash, pytest.mark.profile("any")]


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_a_storm_breaks_no_promise(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "SETTLE": "2", "SWEEP_EVERY": "1", "SYNC_EVERY": "10"}
    environment |= {"LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"} | of_its_own("storm")
    command = [sys.executable, "-m", "tests.chaos.storm", str(seed), str(CHANGES)]

    storm = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST)

    with capsys.disabled():
        print(f"\n{storm.stdout}")
    assert storm.returncode == 0, storm.stdout + storm.stderr + logs(tmp_path)


def of_its_own(name: str) -> dict[str, str]:
    """A database and a broker of this profile that nobody else uses."""
    if here() == "embedded":
        return {"DATABASE_URL": "", "REDIS_URL": ""}
    urls = {name: os.environ[name].rpartition("/")[0] for name in ("DATABASE_URL", "REDIS_URL")}
    return {"DATABASE_URL": f"{urls['DATABASE_URL']}/{name}", "REDIS_URL": f"{urls['REDIS_URL']}/9"}


def logs(folder: Path) -> str:
    """What the workers said last."""
    return "\n".join(log.read_text(errors="replace")[-2_000:] for log in sorted(folder.glob("worker*.log")))
