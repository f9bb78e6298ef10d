"""A worker that was frozen past its lease must not send when it wakes: the kernel ends it first (G5, C11)."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End this process if it is still inside after `seconds`, of which those it was stopped for count too.

    A timer needs a process's main thread, which prefork workers and commands work in. In a pool of threads the fence
    alone keeps a late worker from writing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
