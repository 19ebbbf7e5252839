"""Makes a virtual environment that holds exactly the locked packages; standard library only.

Usage: python3 requirements/install.py VENV LOCK [LOCK ...]
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

LINE_EVERY_SECONDS = 10


class InstallError(Exception):
    """The environment could not be made; the message is one line that says what to do."""


def main(arguments: list[str]) -> int:
    """Build the environment and show progress; return the exit code."""
    venv, locks = Path(arguments[0]), arguments[1:]
    started = time.monotonic()
    try:
        python = make_environment(venv)
        install_packages(python, locks, log=venv / "install.log")
    except InstallError as error:
        sys.stderr.write(f"Install failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInstall stopped; run it again to go on.\n")
        return 130
    sys.stdout.write(f"Installed into {venv} in {time.monotonic() - started:.0f} s\n")
    return 0


def make_environment(venv: Path) -> Path:
    """Return the interpreter of ``venv``, made or mended first where needed."""
    python = venv / "bin" / "python"
    if works(python, "import pip"):
        return python
    sys.stdout.write(f"Creating {venv} with Python {sys.version.split()[0]}\n")
    sys.stdout.flush()
    if not works(sys.executable, "import ensurepip, venv"):
        add_debian_venv()
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode:
        raise InstallError(f"`{sys.executable} -m venv` said: {last_line(made.stdout + made.stderr)}")
    return python


def works(python: str | Path, statement: str) -> bool:
    """Return whether this interpreter starts and runs ``statement``."""
    try:
        return subprocess.run([str(python), "-c", statement], capture_output=True).returncode == 0
    except OSError:
        return False


def add_debian_venv() -> None:
    """Install Debian's missing half of Python's venv, or say how.

    Raises: InstallError when that isn't ours to do.
    """
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise InstallError(f"this Python can't make virtual environments: install {package} (or python3-venv) first")
    sys.stdout.write(f"Installing {package}\n")
    sys.stdout.flush()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", package]):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise InstallError(f"`{' '.join(command)}` said: {last_line(done.stdout + done.stderr)}")


def install_packages(python: Path, locks: list[str], log: Path) -> None:
    """Run pip over the hashed locks, showing one moving line; its whole output goes to ``log``.

    The locks name every package, so pip resolves nothing: older pips take the newest release for a requirement with
    extras, and then refuse it for want of a hash.
    """
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps", "--progress-bar", "off"]
    command += ["--no-input", "--disable-pip-version-check"]
    for lock in locks:
        command += ["-r", lock]
    total = len({line.split("==")[0] for lock in locks for line in Path(lock).read_text().splitlines() if "==" in line})
    progress = Progress(total)
    with log.open("w") as sink:
        # stdout and stderr together, so that the log reads in the order in which things happened
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in process.stdout or ():
            sink.write(line)
            progress.take(line)
    progress.end()
    if process.wait():
        raise InstallError(f"{first_error(log.read_text())} (all of it: {log})")


class Progress:
    """One moving line on a terminal; a line every few seconds where the output is kept."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen = 0
        self.terminal = sys.stdout.isatty()
        self.next_at = time.monotonic()

    def take(self, line: str) -> None:
        """Count what pip has fetched so far."""
        words = line.split()
        if words[:1] == ["Collecting"]:
            self.seen += 1
            self.say(f"Fetching {self.seen} of about {self.total} packages: {words[1].split('==')[0]}")
        elif words[:2] == ["Installing", "collected"]:
            self.next_at = 0
            self.say(f"Unpacking {self.seen or self.total} packages")

    def say(self, text: str) -> None:
        """Show ``text`` now, or leave it out when the last one is fresh."""
        if self.terminal:
            sys.stdout.write(f"\r\x1b[K{text[:100]}")
        elif time.monotonic() >= self.next_at:
            self.next_at = time.monotonic() + LINE_EVERY_SECONDS
            sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def end(self) -> None:
        """Leave the line empty for what comes next."""
        if self.terminal:
            sys.stdout.write("\r\x1b[K")


def first_error(log: str) -> str:
    """Return the line of pip's output that names the trouble."""
    if "Retrying (" in log and "from versions: none" in log:
        return "the package index does not answer; is there a network?"
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return errors[0].removeprefix("ERROR:").strip() if errors else last_line(log)


def last_line(text: str) -> str:
    """Return the last line that says anything."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
