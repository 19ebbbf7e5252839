"""Runs every check and every test, shows progress and times, and ends with one table that names what failed.

``python -m tests.run`` (which ``make test`` calls) runs all of it; ``--checks`` leaves the tests out, ``--on sqlite``
and ``--on mariadb`` keep one database, and what is left on the command line goes to pytest.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from tests.servers import ServerUnavailable, die_with_parent, mariadb, redis

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "mariadb")
TITLES = {"sqlite": "tests on SQLite", "mariadb": "tests on MariaDB and Redis"}
WORKERS = "2"
#: The run that coverage is measured in: the rules are the same in both, and counting takes a third of a run's time.
MEASURED = "sqlite"
#: Branch coverage that the rules of the business must have, in percent.
RULES = "airbnb/domain/*,airbnb/services/*"
RULES_COVERAGE = "95"
STOP_PATIENCE = 20.0

CHECKS = {
    "packages": ["python", "-m", "pip", "check"],
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports", "--no-cache"],
}


@dataclass
class Result:
    """How one step went."""

    title: str
    passed: bool
    seconds: float
    note: str = ""


@dataclass
class Runner:
    """Runs steps one after the other and keeps how they went; a failed step does not stop the next."""

    results: list[Result] = field(default_factory=list)

    def step(self, title: str, work: Callable[[], tuple[bool, str]]) -> bool:
        """Run one step: ``work`` returns whether it passed and a short note."""
        print(f"── {title}", flush=True)
        began = time.monotonic()
        try:
            passed, note = work()
        except ServerUnavailable as error:
            print(error)
            passed, note = False, str(error).splitlines()[0]
        seconds = time.monotonic() - began
        self.results.append(Result(title, passed, seconds, note))
        print(f"   {'ok' if passed else 'FAILED'} after {seconds:.1f} s", flush=True)
        return passed

    def summary(self) -> int:
        """Show the table; return the exit code."""
        width = max(len(result.title) for result in self.results)
        print("\n── summary")
        for result in self.results:
            mark = "ok    " if result.passed else "FAILED"
            print(f"   {mark} {result.title:<{width}} {result.seconds:7.1f} s  {result.note}".rstrip())
        failed = [result.title for result in self.results if not result.passed]
        total = sum(result.seconds for result in self.results)
        print(f"   {'all passed' if not failed else 'failed: ' + ', '.join(failed)} ({total:.0f} s)", flush=True)
        return 1 if failed else 0


def run_quietly(command: list[str]) -> tuple[bool, str]:
    """Run a check; show what it says only when it fails."""
    with started(command, {}) as process:
        output, _ = process.communicate()
    if process.returncode:
        print(output.rstrip())
    return process.returncode == 0, ""


def run_pytest(arguments: list[str], environment: Mapping[str, str]) -> tuple[bool, str]:
    """Run pytest with its output shown as it comes; the note is its closing line."""
    command = ["python", "-m", "pytest", "-q", "--color=no", *arguments]
    closing = ""
    with started(command, environment) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 65_536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            closing = (closing + piece.decode(errors="replace"))[-2_000:]
        process.wait()
    summaries = re.findall(
        r"^=*\s*(\d+ (?:passed|failed|error|skipped).*? in [\d.:]+ ?s.*?|no tests ran.*?)=*$", closing, re.M
    )
    return process.returncode == 0, summaries[-1].strip() if summaries else f"exit code {process.returncode}"


@contextlib.contextmanager
def started(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command of the virtual environment from the root; never leave it behind."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**base_environment(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
        preexec_fn=die_with_parent(),
    )
    try:
        yield process
    except BaseException:
        stop(process)
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


def stop(process: subprocess.Popen[str]) -> None:
    """End a process and all that it has started: asked first, then made to."""
    for number, patience in ((signal.SIGINT, STOP_PATIENCE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def base_environment() -> dict[str, str]:
    """Return the environment of every step: this interpreter's tools first, and no server by accident."""
    kept = {name: value for name, value in os.environ.items() if name not in {"TEST_DATABASE_URL", "TEST_REDIS_URL"}}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])}


def tests_on(database: str, arguments: list[str]) -> tuple[bool, str]:
    """Run the tests on one database, with servers of their own where they need them."""
    if database == MEASURED:
        return run_pytest(["--cov", "--cov-report=", *arguments], {"COVERAGE_FILE": str(ROOT / ".coverage.tests")})
    with mariadb() as database_url, redis() as redis_url:
        return run_pytest(arguments, {"TEST_DATABASE_URL": database_url, "TEST_REDIS_URL": redis_url})


def join_coverage() -> tuple[bool, str]:
    """Join what the processes of the run have covered, and tell the share of everything."""
    files = [str(path) for path in ROOT.glob(".coverage.*")]
    if not files:
        return False, "no test run has left figures"
    joined, _ = run_quietly(["coverage", "combine", "--keep", "--quiet", *files])
    return joined, f"{coverage_total()} % of everything" if joined else ""


def rules_coverage() -> tuple[bool, str]:
    """Check the branch coverage of the business rules; list what is missing when it's too low."""
    passed, _ = run_quietly(["coverage", "report", f"--include={RULES}", f"--fail-under={RULES_COVERAGE}"])
    return passed, f"{coverage_total(RULES)} %, at least {RULES_COVERAGE} % wanted"


def coverage_total(include: str = "airbnb/*") -> str:
    """Return the share that is covered, in percent."""
    command = ["coverage", "report", "--format=total", f"--include={include}"]
    return (
        subprocess.run(command, cwd=ROOT, env=base_environment(), capture_output=True, text=True).stdout.strip() or "?"
    )


def remove_old_coverage() -> None:
    """Forget earlier figures, which would count as covered."""
    for path in ROOT.glob(".coverage*"):
        path.unlink()


def leave_on_sigterm() -> None:
    """Make a kill end the run like Ctrl-C does, so that servers and folders go away too."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def parse(arguments: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return our options and what is left for pytest."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description="Run every check and every test.")
    parser.add_argument("--checks", action="store_true", help="format, lint, types and import contracts only")
    parser.add_argument("--on", choices=DATABASES, help="run the tests on this database only")
    return parser.parse_known_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    options, for_pytest = parse(arguments)
    leave_on_sigterm()
    runner = Runner()
    try:
        if not (options.on or for_pytest):
            for title, command in CHECKS.items():
                runner.step(title, partial(run_quietly, command))
        if not options.checks:
            run_tests(runner, [options.on] if options.on else list(DATABASES), for_pytest)
    except KeyboardInterrupt:
        print("\nstopped before the end", file=sys.stderr)
        return 130
    return runner.summary()


def run_tests(runner: Runner, databases: list[str], for_pytest: list[str]) -> None:
    """Run the tests on each database; judge the coverage when nothing was left out."""
    remove_old_coverage()
    arguments = for_pytest if any(word.startswith("-n") for word in for_pytest) else ["-n", WORKERS, *for_pytest]
    for database in databases:
        runner.step(TITLES[database], partial(tests_on, database, arguments))
    if databases == list(DATABASES) and not for_pytest:
        runner.step("coverage", join_coverage)
        runner.step("coverage of the rules", rules_coverage)


if __name__ == "__main__":
    if shutil.which("ruff", path=base_environment()["PATH"]) is None:
        sys.exit("the tools are missing: run `make install` first")
    sys.exit(main())
