"""G5: a worker that was frozen past its lease sends nothing when it wakes; the kernel ends it first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.test_storm import ROOT, of_its_own

pytestmark = [pytest.mark.crash, pytest.mark.profile("any")]


def test_a_worker_frozen_before_it_sends_never_sends(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "SETTLE": "1", "LOG_LEVEL": "ERROR"}
    environment |= {"PYTHONWARNINGS": "ignore"} | of_its_own("frozen")
    command = [sys.executable, "-m", "tests.chaos.frozen"]

    frozen = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)

    assert (frozen.returncode, frozen.stdout) == (0, "2 attempts, 1 of them arrived\n"), frozen.stderr
