"""`python -m tests.guards [--jobs N] [words]`: breaks every guard of the lists and wants its test to see it.

Words choose: a guarantee such as G12, or a part of what the guard is, of its file or its test. Nothing here is touched:
the guards are broken in `N` copies of the checkout, side by side. Ctrl-C ends it with a table of what was tried.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

from tests import servers
from tests.guards.listed import PRODUCTION, ROOT, Guard, guards

MOST_JOBS = 16  # a Redis has as many databases
LONGEST = 600  # seconds a test may take with its guard broken
RED, GREEN, NOTHING = "red", "STILL GREEN", "PROVES NOTHING"
NOT_TRIED = "not tried"
# The edit itself is wrong: a test that fails for this says nothing about the guard.
MISSPELT = ("NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "UnboundLocalError")


def main() -> int:
    """Returns 0 if every test went red with its guard broken, 1 if one did not, 2 if none could be tried."""
    asked = asked_for()
    chosen = [guard for guard in guards() if guard.answers(asked.words)]
    faults = [fault for guard in chosen for edit in guard.edits if (fault := edit.fault(ROOT))]
    if faults or not chosen:
        print("\n".join(faults) or "No guard answers to these words.")
        return 2
    with ExitStack() as running:
        try:
            copies = [copy for number in range(asked.jobs) for copy in [running.enter_context(copied(number))]]
            urls = served(running, chosen)
        except servers.Missing as exc:
            print(exc)
            return 2
        pool = Pool(copies, urls)
        if not pool.are_green(chosen):
            return 2
        verdicts = pool.verdicts(chosen)
    print(table(chosen, verdicts))
    red = list(verdicts.values()).count(RED)
    print(f"\n{red} of {len(chosen)} broken guards were seen by their tests.")
    return 0 if red == len(chosen) else 1


def asked_for() -> argparse.Namespace:
    """The command line: `words` and `jobs`."""
    parser = argparse.ArgumentParser(prog="python -m tests.guards", description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("words", nargs="*", help="only guards that answer to one of them")
    parser.add_argument("--jobs", type=int, choices=range(1, MOST_JOBS + 1), default=2, metavar="N", help="default: 2")
    return parser.parse_args()


def served(running: ExitStack, chosen: Sequence[Guard]) -> tuple[str, str]:
    """The addresses of a PostgreSQL and a Redis for the tests of the production profile; empty where there are none."""
    if all(guard.profile != PRODUCTION for guard in chosen):
        return "", ""
    return running.enter_context(servers.postgresql()).url, running.enter_context(servers.redis()).url


class Copy:
    """A copy of the checkout, in which one guard at a time is broken."""

    def __init__(self, root: Path, number: int) -> None:
        self.root, self.number = root, number

    @contextmanager
    def broken(self, guard: Guard) -> Iterator[None]:
        """Without this guard, and afterwards with it."""
        before = {edit.file: (self.root / edit.file).read_text() for edit in guard.edits}
        try:
            for edit in guard.edits:
                file = self.root / edit.file
                file.write_text(file.read_text().replace(edit.old, edit.new))
            yield
        finally:
            for name, text in before.items():
                (self.root / name).write_text(text)

    def run(self, tests: Collection[str], environment: dict[str, str]) -> tuple[int, str]:
        """Pytest's exit status and what it printed; of its own report see `told`."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "--show-capture=no"]
        command += ["-p", "no:cacheprovider", f"--junitxml={self.report}", *tests]
        self.report.unlink(missing_ok=True)
        longest = LONGEST * len(tests)
        try:
            ended = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=longest, check=False
            )
        except subprocess.TimeoutExpired:
            return -1, f"It took more than {longest} s."
        return ended.returncode, ended.stdout + ended.stderr

    @property
    def report(self) -> Path:
        return self.root.with_suffix(".xml")

    def told(self) -> list[str]:
        """The first line of every failure. What only breaks before or after a test is none."""
        failures = ElementTree.parse(self.report).getroot().iter("failure")
        return [failure.get("message", "").partition("\n")[0] for failure in failures]


@contextmanager
def copied(number: int) -> Iterator[Copy]:
    """What git knows of this checkout, as it stands here."""
    with tempfile.TemporaryDirectory(prefix="fileplan-guards-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "checkout"
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        yield Copy(root, number)


class Pool:
    """The copies, each in the hands of one test at a time."""

    def __init__(self, copies: Sequence[Copy], urls: tuple[str, str]) -> None:
        self.urls, self.size = urls, len(copies)
        self.free: SimpleQueue[Copy] = SimpleQueue()
        for copy in copies:
            self.free.put(copy)

    def are_green(self, chosen: Sequence[Guard]) -> bool:
        """Whether the tests pass with every guard in place; else a red one would say nothing."""
        found = True
        for profile in sorted({guard.profile for guard in chosen}):
            tests = dict.fromkeys(guard.test for guard in chosen if guard.profile == profile)
            with self.copy() as copy:
                status, printed = copy.run(tests, self.environment(copy, profile))
            print(f"{len(tests)} tests with their guards, {profile}: {'green' if status == 0 else printed}", flush=True)
            found = found and status == 0
        return found

    def verdicts(self, chosen: Sequence[Guard]) -> dict[Guard, str]:
        """What each test says without its guard, as far as it came until somebody interrupts."""
        found: dict[Guard, str] = {}
        with ThreadPoolExecutor(self.size) as workers:
            tried = {workers.submit(self.verdict, guard): guard for guard in chosen}
            try:
                for one in as_completed(tried):
                    found[tried[one]] = one.result()
            except KeyboardInterrupt:
                workers.shutdown(cancel_futures=True)
        return found

    def verdict(self, guard: Guard) -> str:
        """Red, still green, or why it proves nothing."""
        with self.copy() as copy, copy.broken(guard):
            status, printed = copy.run([guard.test], self.environment(copy, guard.profile))
            failures = copy.told() if status == 1 else []
        found = GREEN if status == 0 else NOTHING
        if failures and not failures[0].startswith(MISSPELT):
            found = RED
        print(f"{found}: {' '.join(guard.of)}, {guard.what}. {' '.join(failures)[:160]}", flush=True)
        if found != RED:
            print(printed[-2000:], flush=True)
        return found

    @contextmanager
    def copy(self) -> Iterator[Copy]:
        held = self.free.get()
        try:
            yield held
        finally:
            self.free.put(held)

    def environment(self, copy: Copy, profile: str) -> dict[str, str]:
        """A database of its own for each copy, and no test left out for being more of the same."""
        database, broker = self.urls if profile == PRODUCTION else ("", "")
        if database:
            database = f"{database.rpartition('/')[0]}/guards_{copy.number}"
            broker = f"{broker.rpartition('/')[0]}/{copy.number}"
        given = {"DATABASE_URL": database, "REDIS_URL": broker, "OWNER_DATABASE_URL": "", "DATA_DIR": "", "WHOLE": "1"}
        return os.environ | given


def table(chosen: Sequence[Guard], verdicts: Mapping[Guard, str]) -> str:
    """One line a guard, as Markdown: guarantee, guard, test, and whether it was seen."""
    rows = [("guarantee", "guard", "test", "broken")]
    for guard in chosen:
        test = guard.test.rpartition("::")[2].removeprefix("test_")
        rows.append((" ".join(guard.of), guard.what, test, verdicts.get(guard, NOT_TRIED)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows]
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    return "\n" + "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
