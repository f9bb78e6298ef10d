"""A real worker in which long waits are short: `python -m tests.chaos.worker worker -P prefork -c 3`.

A lease is four seconds instead of 120, and everything that must fit into it shrinks with it; the code that waits is
the product's own.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from portal.celery import app

app.loader.import_default_modules()

from portal.changes.push import lease, moves, sending  # noqa: E402
from portal.graph import client  # noqa: E402
from portal.mirror import sync  # noqa: E402
from portal.tenants import connection  # noqa: E402

LEASE = timedelta(seconds=4)
NEEDED = timedelta(seconds=3)  # of it for one send
TIMEOUT = (0.5, 1.5)  # to connect, to read


def hurry() -> None:
    """Shorten what this process waits for."""
    lease.LASTS, lease.NEEDED_TO_SEND = LEASE, NEEDED
    sending.AT_MOST = NEEDED - timedelta(seconds=0.5)
    moves.BACKOFF_CAP = 2.0
    connection.CLOSED_FIRST, connection.CLOSED_AT_MOST = 1, 2
    sync.ABANDONED_AFTER = LEASE
    client.Client.__init__.__kwdefaults__["timeout"] = TIMEOUT  # type: ignore[index]


def freeze_before_it_sends(told: Path) -> None:
    """The first write of this worker stops its process at the last moment, when nothing has left it yet."""
    exchange = client.exchange

    def frozen(http: Any, request: Any, timeout: Any) -> Any:
        if request.method != "GET" and not told.exists():
            told.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
        return exchange(http, request, timeout)

    client.exchange = frozen


if __name__ == "__main__":
    hurry()
    if "FREEZE" in os.environ:
        freeze_before_it_sends(Path(os.environ["FREEZE"]))
    app.start(sys.argv[1:])
