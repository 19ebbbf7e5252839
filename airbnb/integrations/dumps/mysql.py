"""A MySQL or MariaDB database, saved and loaded by the server's own client programs."""

import contextlib
import gzip
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL

from airbnb.integrations.dumps.protocol import DumpFailed

DUMP_PROGRAMS = ("mariadb-dump", "mysqldump")
CLIENT_PROGRAMS = ("mariadb", "mysql")
#: One snapshot for all tables, read row by row; triggers keep the ledger append-only and must come along.
DUMP_OPTIONS = ("--single-transaction", "--quick", "--hex-blob", "--triggers", "--skip-lock-tables", "--no-tablespaces")
CHUNK = 1024 * 1024
COMPRESSION = 1  # the disk waits for the processor otherwise
COUNT_TABLES = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"


class MySQLDumper:
    """Pipes the statements of a logical dump through gzip.

    The programs are run with fixed options; what an operator has set goes into a file, not into a shell.
    """

    file_name = "database.sql.gz"

    def __init__(self, url: URL) -> None:
        self._url = url

    def save(self, target: Path) -> None:
        """Write the database to a new file. Raises: DumpFailed."""
        with self._program(DUMP_PROGRAMS, *DUMP_OPTIONS) as command, gzip.open(target, "xb", COMPRESSION) as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            with process:
                assert process.stdout is not None
                shutil.copyfileobj(process.stdout, file, CHUNK)
                _check(process)

    def is_empty(self) -> bool:
        """Whether the database has no table. Raises: DumpFailed."""
        with self._program(CLIENT_PROGRAMS, "--skip-column-names", "--execute", COUNT_TABLES) as command:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise DumpFailed(done.stderr.strip())
        return done.stdout.strip() == "0"

    def load(self, source: Path) -> None:
        """Fill the database from such a file. Raises: DumpFailed."""
        with self._program(CLIENT_PROGRAMS, "--binary-mode") as command, gzip.open(source, "rb") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            with process:
                assert process.stdin is not None
                # A client that gives up closes its end; what it said matters more than the broken pipe.
                with contextlib.suppress(BrokenPipeError):
                    _feed(file, process.stdin)
                _check(process)

    @contextlib.contextmanager
    def _program(self, names: tuple[str, ...], *options: str) -> Iterator[list[str]]:
        """Give a command line; the password goes into a file of this user alone, never among the arguments."""
        program = next((path for name in names if (path := shutil.which(name))), None)
        if program is None:
            raise DumpFailed(f"{names[0]} was not found: install the client programs of MariaDB or MySQL")
        url = self._url
        lines = ["[client]", f"user={url.username or 'root'}", f"host={url.host or '127.0.0.1'}"]
        lines += [f"port={url.port or 3306}", "protocol=tcp"]
        if url.password:
            lines.append(f'password="{_escaped(str(url.password))}"')
        with tempfile.TemporaryDirectory(prefix="airbnb-dump-") as folder:
            file = Path(folder, "client.cnf")
            file.touch(mode=0o600)
            file.write_text("\n".join(lines) + "\n")
            yield [program, f"--defaults-file={file}", *options, str(url.database)]


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace('"', '\\"')


def _feed(file: gzip.GzipFile, pipe: IO[bytes]) -> None:
    with pipe:
        shutil.copyfileobj(file, pipe, CHUNK)


def _check(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end. Raises: DumpFailed with what the program said."""
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace").strip()
    if process.wait():
        raise DumpFailed(said or f"the program ended with {process.returncode}")
