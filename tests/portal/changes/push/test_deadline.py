"""C11: the kernel ends a worker that wakes past its lease, before it can send."""

import os
import signal
import time
from collections.abc import Callable
from threading import Thread

from portal.changes.push import sending
from portal.changes.push.deadline import deadline
from portal.changes.push.lease import NEEDED_TO_SEND


def end_of(child: Callable[[Callable[[], object]], None], *, stopped_for: float = 0.0) -> int:
    """How a forked process that does this, and says when it has begun, ended: the signal, or 0."""
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        child(lambda: os.write(writes, b"."))
        os._exit(0)
    os.close(writes)
    os.read(reads, 1)  # nothing, if it ended before
    os.close(reads)
    if stopped_for:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(stopped_for)
        os.kill(pid, signal.SIGCONT)
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def inside_for(seconds: float, limit: float) -> Callable[[Callable[[], object]], None]:
    def child(begun: Callable[[], object]) -> None:
        with deadline(limit):
            begun()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                time.sleep(0.01)

    return child


def test_deadline_ends_a_process_that_is_late() -> None:
    assert end_of(inside_for(5, 0.05)) == signal.SIGALRM


def test_deadline_counts_the_time_a_process_was_frozen() -> None:
    """It had hardly begun when it was stopped, and never gets to do more."""
    assert end_of(inside_for(1.0, 1.5), stopped_for=2.0) == signal.SIGALRM


def test_deadline_lets_a_process_go_that_is_in_time() -> None:
    def child(begun: Callable[[], object]) -> None:
        inside_for(0.01, 1.0)(begun)
        time.sleep(1.5)

    assert end_of(child) == 0


def test_deadline_leaves_the_signal_as_it_was() -> None:
    before = signal.getsignal(signal.SIGALRM)

    with deadline(60):
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL

    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]) == (before, 0.0)


def test_deadline_does_nothing_in_a_thread() -> None:
    """A timer is a process's, and would end its other threads' work."""
    seen: list[float] = []

    def work() -> None:
        with deadline(60):
            seen.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [0.0]


def test_a_send_ends_before_its_lease_can() -> None:
    assert sending.AT_MOST < NEEDED_TO_SEND
