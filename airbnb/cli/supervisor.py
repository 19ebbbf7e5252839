"""Runs the Procfile's processes together: starts, shows, restarts and warmly stops them.

``python -m airbnb.cli.supervisor`` uses the standard library only and nothing of the application, so it is up at once.

Each process leads a group of its own, so a Ctrl-C in the terminal reaches the supervisor alone, which then

1. sends SIGTERM to every process, and waits until all have finished what they were doing;
2. kills what is left after ``--stop-seconds``, or at once on a second Ctrl-C.

Should the supervisor itself be killed, Linux sends SIGTERM to its processes (PR_SET_PDEATHSIG). Other systems have no
such thing: there the processes go on, and the next start says that the port is taken.
"""

import argparse
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from airbnb.cli.demo.logins import DEMO_LOGIN
from airbnb.cli.procfile import CannotStart, build_environment, read_procfile, refuse_taken_ports

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
COLOURS = (36, 33, 35, 32, 34, 31)
OWN_COLOUR = 37
TICK_SECONDS = 0.2
PROBE_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """How patient the supervisor is; all in seconds."""

    first_backoff: float = 1.0
    longest_backoff: float = 30.0
    stable_after: float = 20.0
    stop_after: float = 30.0


@dataclass
class Child:
    """One line of the Procfile and the process that runs it now."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float | None = 0.0
    unfinished: bytes = b""
    groups: set[int] = field(default_factory=set)

    def signal_groups(self, number: signal.Signals) -> None:
        """Send ``number`` to every process that this line has started and that still lives."""
        for group in list(self.groups):
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                self.groups.discard(group)
            except PermissionError:  # macOS answers so for a group of zombies
                self.groups.discard(group)


class Terminal:
    """Writes whole lines, each with the name of its process before it."""

    def __init__(self, names: Iterable[str], coloured: bool) -> None:
        self.width = max([len(name) for name in names] + [6])
        self.coloured = coloured
        self.colour_of = dict(zip(names, COLOURS * 10, strict=False))

    def show(self, name: str, text: str) -> None:
        """Write one line; a closed terminal must not stop the processes."""
        prefix = f"{name:<{self.width}} | "
        if self.coloured:
            prefix = f"\x1b[{self.colour_of.get(name, OWN_COLOUR)}m{prefix}\x1b[0m"
        try:
            sys.stdout.write(prefix + text + "\n")
            sys.stdout.flush()
        except OSError:
            sys.stdout = open(os.devnull, "w")  # stays open for the rest of the run


class WebProbe:
    """Asks the web process now and then whether it answers, without ever waiting for it."""

    def __init__(self, host: str, port: int) -> None:
        self.address = ("127.0.0.1" if host in {"0.0.0.0", "::", ""} else host, port)  # noqa: S104 - compared, not bound
        self.connection: socket.socket | None = None
        self.asked_at = 0.0

    def answers(self, now: float) -> bool:
        """Return whether /healthz has answered 200; call it again at the next tick while it hasn't."""
        try:
            if self.connection is None:
                self._ask(now)
                return False
            answer = self.connection.recv(64)
        except BlockingIOError:
            if now - self.asked_at > PROBE_PATIENCE:
                self._forget()
            return False
        except OSError:
            self._forget()
            return False
        self._forget()
        return b" 200 " in answer

    def _ask(self, now: float) -> None:
        self.connection = socket.create_connection(self.address, timeout=TICK_SECONDS)
        self.asked_at = now
        self.connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.connection.setblocking(False)

    def _forget(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Supervisor:
    """Keeps the children running until it is told to stop."""

    def __init__(self, children: list[Child], environment: Mapping[str, str], options: Options) -> None:
        self.children = children
        self.environment = environment
        self.options = options
        names = [child.name for child in children]
        self.terminal = Terminal(names, coloured=sys.stdout.isatty() and "NO_COLOR" not in environment)
        self.selector = selectors.DefaultSelector()
        self.stop_signals = 0
        self.killed = False
        self.probe = WebProbe(environment["HOST"], int(environment["PORT"])) if "web" in names else None
        self.before_exec = _tie_to_parent()

    def run(self) -> int:
        """Start everything, serve until a signal, stop everything; return the exit code."""
        self._listen_to_signals()
        stop_at: float | None = None
        while True:
            now = time.monotonic()
            self._reap(now)
            if self.stop_signals and stop_at is None:
                stop_at = now + self.options.stop_after
                self._begin_stop()
            if stop_at is None:
                self._start_due(now)
                self._announce(now)
            else:
                if self._is_quiet():
                    break
                if not self.killed and (self.stop_signals > 1 or now >= stop_at):
                    self._kill_rest()
            self._pump(TICK_SECONDS)
        self._pump(0)
        self._say("all stopped" if not self.killed else "stopped by force")
        return 1 if self.killed else 0

    def _say(self, text: str) -> None:
        self.terminal.show("system", text)

    def _listen_to_signals(self) -> None:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self.selector.register(reader, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the loop

    def _on_stop_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_signals += 1

    def _start_due(self, now: float) -> None:
        for child in self.children:
            if child.process is None and child.restart_at is not None and now >= child.restart_at:
                child.signal_groups(signal.SIGKILL)  # what a crashed leader left behind
                child.groups.clear()
                self._start(child, now)

    def _start(self, child: Child, now: float) -> None:
        child.started_at, child.restart_at = now, None
        try:
            child.process = subprocess.Popen(
                child.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
                # Safe here: the supervisor has one thread.
                preexec_fn=self.before_exec,
            )
        except OSError as error:
            self._plan_restart(child, now, f"can't be started: {error}")
            return
        child.groups.add(child.process.pid)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _reap(self, now: float) -> None:
        """Notice which processes have ended, and plan to start them again unless all is to stop."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            code = child.process.returncode
            child.process = None
            child.signal_groups(signal.SIGTERM)
            if self.stop_signals:
                continue
            self._plan_restart(child, now, f"ended with {_describe(code)}")

    def _plan_restart(self, child: Child, now: float, what_happened: str) -> None:
        if now - child.started_at >= self.options.stable_after:
            child.failures = 0
        delay = min(self.options.first_backoff * 2**child.failures, self.options.longest_backoff)
        child.failures += 1
        child.restart_at = now + delay
        self._say(f"{child.name} {what_happened}; starting it again in {delay:g} s")

    def _begin_stop(self) -> None:
        self._say("stopping: what is running may finish (Ctrl-C again to force)")
        for child in self.children:
            child.restart_at = None
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)

    def _is_quiet(self) -> bool:
        """Whether no process is left, neither a leader nor what a leader has started."""
        if any(child.process is not None for child in self.children):
            return False
        for child in self.children:
            child.signal_groups(signal.SIGTERM)
        return not any(_group_lives(group) for child in self.children for group in child.groups)

    def _kill_rest(self) -> None:
        self.killed = True
        left = [child.name for child in self.children if child.process is not None]
        self._say(f"forcing the end of {', '.join(left) or 'what they started'}")
        for child in self.children:
            child.signal_groups(signal.SIGKILL)

    def _announce(self, now: float) -> None:
        if self.probe is None or not self.probe.answers(now):
            return
        self.probe = None
        base = self.environment.get("PUBLIC_URL") or f"http://127.0.0.1:{self.environment['PORT']}"
        self._say("ready:")
        self._say(f"  API docs   {base}/api/v1/docs")
        self._say(f"  dashboard  {base}/admin/   demo login: {DEMO_LOGIN}")
        self._say(f"  mailbox    {base}/mailbox   (each mail that was sent)")

    def _pump(self, timeout: float) -> None:
        """Show what the processes have written; wait at most ``timeout`` for something to happen."""
        for key, _ in self.selector.select(timeout):
            if key.data is None:
                os.read(key.fd, 4096)
                continue
            assert not isinstance(key.fileobj, int)
            self._show_output(key.data, key.fd, key.fileobj)  # type: ignore[arg-type]  # it is the pipe given above

    def _show_output(self, child: Child, descriptor: int, pipe: BinaryIO) -> None:
        try:
            chunk = os.read(descriptor, 65_536)
        except BlockingIOError:
            return
        if not chunk:
            self.selector.unregister(pipe)
            pipe.close()
        *lines, child.unfinished = (child.unfinished + chunk).split(b"\n")
        if not chunk and child.unfinished:
            lines, child.unfinished = [child.unfinished], b""
        for line in lines:
            self.terminal.show(child.name, line.decode(errors="replace").rstrip("\r"))


def _describe(code: int) -> str:
    """Return an exit code in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _group_lives(group: int) -> bool:
    """Whether a process of this group is left; those that have ended are reaped first."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _find_prctl() -> Callable[[int, int], int] | None:
    """Return Linux's prctl, or nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        prctl: Callable[[int, int], int] = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return None
    return prctl


def _tie_to_parent() -> Callable[[], None] | None:
    """Return what a new process does first so that it gets SIGTERM when the supervisor dies; Linux only."""
    prctl = _find_prctl()
    if prctl is None:
        return None
    supervisor = os.getpid()
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what a crashed process leaves behind becomes ours to reap

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != supervisor:  # it died in between: nobody would ever tell this process
            os._exit(1)

    return before_exec


def main(arguments: list[str] | None = None) -> int:
    """Run the Procfile of the current folder; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m airbnb.cli.supervisor", description="Run the Procfile.")
    parser.add_argument("--procfile", type=Path, default=Path("Procfile"))
    parser.add_argument("--first-backoff", type=float, default=Options.first_backoff, metavar="SECONDS")
    parser.add_argument("--longest-backoff", type=float, default=Options.longest_backoff, metavar="SECONDS")
    parser.add_argument("--stable-after", type=float, default=Options.stable_after, metavar="SECONDS")
    parser.add_argument("--stop-after", type=float, default=Options.stop_after, metavar="SECONDS")
    given = vars(parser.parse_args(arguments))
    procfile: Path = given.pop("procfile")
    try:
        environment = build_environment(os.environ, Path.cwd())
        commands = read_procfile(procfile, environment)
        refuse_taken_ports(commands, environment)
        Path(environment["INSTANCE_PATH"]).mkdir(parents=True, exist_ok=True)
    except (CannotStart, OSError) as error:
        sys.stderr.write(f"Can't start: {error}\n")
        return 2
    children = [Child(name, command) for name, command in commands.items()]
    return Supervisor(children, environment, Options(**given)).run()


if __name__ == "__main__":
    sys.exit(main())
