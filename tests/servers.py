"""Private database and Redis servers for the tests: found, given or installed, and gone afterwards.

``mariadb()`` and ``redis()`` give the address in TEST_DATABASE_URL or TEST_REDIS_URL when it is set. Else they start a
server of their own from the binaries on this machine, in a folder in memory where there is room. Where the binaries
are missing they are installed (Debian and its kin, as root), or the error says what to install.
"""

import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pymysql

START_PATIENCE = 60.0
STOP_PATIENCE = 15.0
ROOM_NEEDED = 2 * 1024**3
FOLDER_PREFIX = "airbnb-tests-"
#: Below the ports that the kernel hands to outgoing connections.
PORTS = range(20_000, 32_000)
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/local/bin:/opt/homebrew/bin:/usr/local/mysql/bin"
PR_SET_PDEATHSIG = 1
#: Where a server that is there already can be named instead.
VARIABLES = {"redis-server": "TEST_REDIS_URL", "mariadbd": "TEST_DATABASE_URL"}


class ServerUnavailable(Exception):
    """A server could not be had; the message says what to do."""


@contextlib.contextmanager
def mariadb() -> Iterator[str]:
    """Give the URL, without a database name, of a MariaDB or MySQL server with an empty root password."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with private_folder() as folder:
        port = free_port()
        command = mariadb_command(folder, port)
        with running(command, folder / "server.log", ready=lambda: answers_sql(port)):
            yield f"mysql+pymysql://root@127.0.0.1:{port}"


def mariadb_command(folder: Path, port: int) -> list[str]:
    """Make a data folder and return the command that runs a server on it."""
    server = find_program("mariadbd", "mysqld") or install(
        "mariadbd", "mariadb-server-core mariadb-client-core", "mariadb-server"
    )
    data = folder / "data"
    common = ["--no-defaults", f"--datadir={data}", *run_as_root_option()]
    make_data_folder(server, common, data)
    return [server, *common, *fast_options(folder, port)]


@contextlib.contextmanager
def redis(*, own: bool = False) -> Iterator[str]:
    """Give the URL of a Redis server that keeps nothing on disk; ``own`` starts one that nobody else uses."""
    given = os.environ.get("TEST_REDIS_URL")
    if given and not own:
        yield given
        return
    with private_folder() as folder:
        port = free_port()
        with running(redis_command(folder, port), folder / "server.log", ready=lambda: answers_redis(port)):
            yield f"redis://127.0.0.1:{port}/0"


def redis_command(folder: Path, port: int) -> list[str]:
    """Return the command that runs a Redis which keeps nothing on disk."""
    server = find_program("redis-server", "valkey-server") or install("redis-server", "redis-server")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    return [*command, "--save", "", "--appendonly", "no", "--databases", "64"]


def fast_options(folder: Path, port: int) -> list[str]:
    """Return options for a server whose data may be lost; isolation and SQL mode stay the server's own defaults."""
    return [
        f"--port={port}",
        f"--socket={folder / 'sock'}",
        f"--pid-file={folder / 'pid'}",
        "--bind-address=127.0.0.1",
        "--character-set-server=utf8mb4",
        "--default-time-zone=+00:00",
        "--innodb-buffer-pool-size=256M",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-flush-method=nosync" if folder.is_relative_to("/dev/shm") else "--innodb-flush-method=fsync",
        "--innodb-doublewrite=OFF",
        "--innodb-use-native-aio=OFF",
        "--sync-binlog=0",
        "--skip-log-bin",
        "--performance-schema=OFF",
        "--max-connections=400",
        "--max-allowed-packet=64M",
    ]


def make_data_folder(server: str, common: list[str], data: Path) -> None:
    """Fill ``data`` with the system tables of this server and a root account without a password."""
    if "MariaDB" in output_of([server, "--version"]):
        program = find_program("mariadb-install-db", "mysql_install_db")
        if program is None:
            raise ServerUnavailable(f"{server} is there but mariadb-install-db isn't: install mariadb-server")
        output_of([program, *common, "--auth-root-authentication-method=normal", "--skip-test-db"])
    else:
        output_of([server, *common, "--initialize-insecure"])
    if not (data / "mysql").is_dir():
        raise ServerUnavailable(f"{server} could not make its data folder")


def output_of(command: list[str]) -> str:
    """Run a command that must work and return what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, process_group=0)
    if done.returncode:
        raise ServerUnavailable(f"`{' '.join(command[:3])} …` failed:\n{tail(done.stdout + done.stderr)}")
    return done.stdout


def run_as_root_option() -> list[str]:
    """Return the option without which a database server refuses to run as root."""
    return ["--user=root"] if os.geteuid() == 0 else []


def answers_sql(port: int) -> bool:
    """Return whether root can log in."""
    try:
        pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=2).close()
    except pymysql.MySQLError:
        return False
    return True


def answers_redis(port: int) -> bool:
    """Return whether the server answers a ping."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@contextlib.contextmanager
def running(command: list[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Keep a server running while the block runs.

    Raises: ServerUnavailable with the end of its log when it does not get ready.
    """
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            process_group=0,  # a Ctrl-C is ours to handle
            preexec_fn=die_with_parent(),
        )
    try:
        until = time.monotonic() + START_PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                raise ServerUnavailable(f"{command[0]} did not start:\n{tail(log.read_text(errors='replace'))}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def die_with_parent() -> Callable[[], None] | None:
    """Return what makes a new process end when this one is killed; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))

    return before_exec


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a new folder, in memory where there is room, and remove it afterwards."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_NEEDED
    base = memory if roomy else Path(tempfile.gettempdir())
    remove_left_folders(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_folders(base: Path) -> None:
    """Remove the folders of runs that were killed before they could do it."""
    for folder in base.glob(f"{FOLDER_PREFIX}*"):
        match = re.fullmatch(rf"{FOLDER_PREFIX}(\d+)-.*", folder.name)
        if match and not is_alive(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid: int) -> bool:
    """Return whether a process of this id runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def free_port() -> int:
    """Return a port that nobody listens on now."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerUnavailable(f"no free port from {PORTS.start} to {PORTS.stop}")


def find_program(*names: str) -> str | None:
    """Return the path of the first of these programs that is installed."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), SYSTEM_FOLDERS])
    return next((path for name in names if (path := shutil.which(name, path=search))), None)


def install(program: str, *choices: str) -> str:
    """Install the first of these Debian package lists that can be had, and return the path of its program.

    Raises: ServerUnavailable saying what to install when that isn't ours to do.
    """
    variable = VARIABLES.get(program)
    advice = f"{program} was not found: install it (Debian: apt-get install {choices[-1]})"
    if variable is not None:
        advice += f", or set {variable} to a server"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ServerUnavailable(advice)
    said = apt_get("update", "-q")
    for packages in choices:
        sys.stdout.write(f"Installing {packages}\n")
        sys.stdout.flush()
        said = apt_get("install", "-qy", "--no-install-recommends", *packages.split())
        found = find_program(program)
        if found is not None:
            return found
    raise ServerUnavailable(f"{advice}\napt-get said:\n{said}")


def apt_get(*arguments: str) -> str:
    """Run apt-get without questions and return the end of what it said."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return tail(done.stdout + done.stderr)


def tail(text: str, lines: int = 15) -> str:
    """Return the end of a text."""
    return "\n".join(text.strip().splitlines()[-lines:])
