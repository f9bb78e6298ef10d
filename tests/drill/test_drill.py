"""T9 in both profiles: whichever way a backup comes back, nothing is sent twice, and everything goes on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.profiles import here

pytestmark = [pytest.mark.slow, pytest.mark.profile("any")]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("way", ["command", "hand"])
def test_a_restored_backup_repeats_nothing(way: str, tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "SETTLE": "0", "LOG_LEVEL": "ERROR"}
    environment |= {"PYTHONWARNINGS": "ignore", "CHECKPOINT_DIR": "", "REDIS_URL": "", "DATABASE_URL": database(way)}
    told = subprocess.run(
        [sys.executable, "-m", "tests.drill.drill", way],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    assert re.fullmatch(rf"{way}: \d\d writes, 2 after it, none twice", told.stdout.strip())


def database(way: str) -> str:
    """One of this profile that nobody else uses."""
    if here() == "embedded":
        return ""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/drill_{way}"
