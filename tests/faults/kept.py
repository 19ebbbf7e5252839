"""Processes of a test that are killed and come back, as a supervisor would bring them back."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.concurrency.stage import ROOT
from tests.servers import die_with_parent, tail

WATCH_EVERY_S = 0.05
STOP_PATIENCE_S = 30
#: How often somebody who waits is told what is left.
TELL_EVERY_S = 10.0


class Kept:
    """One program that runs again whenever it ends, until it is told to stop.

    ``root`` is the tree of code that it runs in. ``rest_s`` is how long it stays away after its end. ``user`` is whom
    it runs as, where we may choose.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        root: Path = ROOT,
        rest_s: float = 0.0,
        user: str | None = None,
    ) -> None:
        self.name, self.starts = name, 0
        #: What it is started with, and where, next time.
        self.command, self.root = command, root
        self._environment, self._log, self._rest_s, self._user = environment, log, rest_s, user
        self._ended_at: float | None = None
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_wanted = False

    def start(self) -> None:
        with self._lock:
            self._is_wanted = True
            self._start()

    def look(self) -> None:
        """Start it again if it ended by itself, or was killed."""
        with self._lock:
            if not self._is_wanted or self._child is None or self._child.poll() is None:
                return
            self._ended_at = self._ended_at or time.monotonic()
            if time.monotonic() >= self._ended_at + self._rest_s:
                self._start()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and all its children."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            assert self._child is not None
            os.killpg(self._child.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it move again."""
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        with self._lock:
            self._is_wanted = False
            child = self._child
        if child is None:
            return
        self.go_on()  # what stands still cannot end itself
        child.terminate()
        try:
            child.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def threads(self) -> int:
        """Return how many threads the program and its children have together; Linux only."""
        assert self._child is not None
        count = 0
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.getpgid(int(process.name)) == self._child.pid:
                    count += len(list((process / "task").iterdir()))
        return count

    def said(self, lines: int = 40) -> str:
        return tail(self._log.read_text(errors="replace"), lines)

    def _start(self) -> None:
        self.starts, self._ended_at = self.starts + 1, None
        with self._log.open("ab") as sink:
            self._child = subprocess.Popen(
                self.command,
                cwd=self.root,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                preexec_fn=die_with_parent(),
            )


@contextlib.contextmanager
def keeping(programs: Sequence[Kept]) -> Iterator[None]:
    """Run programs, and bring back what ends, while the block runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_EVERY_S):
            for program in programs:
                program.look()

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        for program in programs:
            program.start()
        watcher.start()
        yield
    finally:
        done.set()
        for program in programs:
            program.stop()


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", module, *arguments]


def wait(
    true: Callable[[], bool], *, within_s: float, what: str, left: Callable[[], Sequence[object]] | None = None
) -> None:
    """Wait for something that another process does; who waits for long is told what is ``left``, if that is given.

    Raises: TimeoutError, with what is left.
    """
    began = told = time.monotonic()
    while not true():
        now = time.monotonic()
        if now > began + within_s:
            raise TimeoutError(what if left is None else f"{what}: {_shortly(left())}")
        if left is not None and now > told + TELL_EVERY_S:
            told = now
            sys.stderr.write(f"after {now - began:.0f} s still open: {_shortly(left())}\n")
        time.sleep(0.05)


def _shortly(left: Sequence[object]) -> str:
    """Return how many of each kind are left."""
    return ", ".join(f"{times} x {what}" for what, times in Counter(map(str, left)).most_common(8))
