"""The tenant that everybody asks: the sandbox in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.run import tied_to

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def sandbox(*, labels: int, latency_ms: int = 0, page_size: int = 100) -> Iterator[str]:
    """Serve a tenant of that many labels; gives the address of its root."""
    options = {"--port": 0, "--seed-labels": labels, "--latency-ms": latency_ms, "--page-size": page_size}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "manage.py", "sandbox", *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=tied_to(os.getpid())
    ) as process:
        try:
            yield re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]  # type: ignore[union-attr]
        finally:
            process.terminate()
