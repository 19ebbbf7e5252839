"""The check runner and its private servers: nothing fails silently, nothing is left behind."""

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests import servers
from tests.run import Runner
from tests.servers import ServerUnavailable

ROOT = Path(__file__).resolve().parents[1]


def test_one_failed_step_fails_the_run_and_is_named(capsys):
    runner = Runner()
    runner.step("good", lambda: (True, "3 passed"))
    runner.step("bad", lambda: (False, ""))
    runner.step("after", lambda: (True, ""))

    assert runner.summary() == 1
    assert "failed: bad (" in capsys.readouterr().out
    assert [result.title for result in runner.results] == ["good", "bad", "after"]


def test_a_run_without_failures_passes(capsys):
    runner = Runner()
    runner.step("good", lambda: (True, "3 passed"))

    assert runner.summary() == 0
    assert "all passed" in capsys.readouterr().out


def test_a_server_that_cannot_be_had_is_a_failed_step(capsys):
    def work() -> tuple[bool, str]:
        raise ServerUnavailable("mariadbd was not found: install it")

    runner = Runner()
    runner.step("tests on MariaDB", work)

    assert runner.summary() == 1
    assert "mariadbd was not found: install it" in capsys.readouterr().out


@pytest.mark.parametrize(
    "server, variable, url",
    [
        (servers.mariadb, "TEST_DATABASE_URL", "mysql+pymysql://root@db.test"),
        (servers.redis, "TEST_REDIS_URL", "redis://redis.test"),
    ],
)
def test_a_given_server_is_used_as_it_is(monkeypatch, server, variable, url):
    monkeypatch.setenv(variable, url)

    with server() as given:
        assert given == url


def test_a_missing_server_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ServerUnavailable, match=r"apt-get install mariadb-server.*TEST_DATABASE_URL"):
        servers.install("mariadbd", "mariadb-server")


LISTENER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
time.sleep(60)
"""


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_private_server_is_gone_after_the_block(tmp_path):
    port = servers.free_port()
    with servers.running([sys.executable, "-c", LISTENER, str(port)], tmp_path / "log", lambda: is_listening(port)):
        assert is_listening(port)

    assert not is_listening(port)


def test_a_private_server_is_gone_after_an_error(tmp_path):
    port = servers.free_port()
    command = [sys.executable, "-c", LISTENER, str(port)]
    with pytest.raises(KeyboardInterrupt), servers.running(command, tmp_path / "log", lambda: is_listening(port)):
        raise KeyboardInterrupt

    assert not is_listening(port)


def test_a_server_that_does_not_start_shows_the_end_of_its_log(tmp_path):
    command = [sys.executable, "-c", "print('no room on the disk'); raise SystemExit(1)"]

    with (
        pytest.raises(ServerUnavailable, match="no room on the disk"),
        servers.running(command, tmp_path / "log", lambda: False),
    ):
        pass


def test_folders_of_killed_runs_are_removed_and_those_of_living_ones_stay(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"{servers.FOLDER_PREFIX}{ended.pid}-abc"
    living = tmp_path / f"{servers.FOLDER_PREFIX}{os.getpid()}-abc"
    left.mkdir()
    living.mkdir()

    servers.remove_left_folders(tmp_path)

    assert (left.exists(), living.exists()) == (False, True)


def test_an_install_that_cannot_work_ends_with_one_clear_line(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(
        textwrap.dedent(f"""\
        no-such-package-here==1.0 \\
            --hash=sha256:{"0" * 64}
        """)
    )
    done = subprocess.run(
        [sys.executable, "requirements/install.py", str(tmp_path / "venv"), str(lock)],
        cwd=ROOT,
        env={**os.environ, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Install failed: ")
    assert "no-such-package-here" in line
