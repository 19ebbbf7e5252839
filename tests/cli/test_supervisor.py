"""The supervisor with tiny Procfiles: it restarts, it stops warm, it forces, and it leaves nobody behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from airbnb.cli.procfile import CannotStart, build_environment, read_procfile
from airbnb.config import load_settings

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15.0
T = TypeVar("T")


class Run:
    """A supervisor at work in a folder of its own; its output is read from a file."""

    def __init__(self, folder: Path, procfile: str, *options: str, **environment: str) -> None:
        self.folder = folder
        self.output = folder / "output"
        (folder / "Procfile").write_text(textwrap.dedent(procfile))
        with self.output.open("w") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "airbnb.cli.supervisor", *options],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "INSTANCE_PATH": str(folder / "instance"), **environment},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str, times: int = 1) -> list[str]:
        """Return all matches once there are as many as asked for."""
        return wait_until(lambda: found if len(found := re.findall(pattern, self.text())) >= times else None, self.text)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_until(check: Callable[[], T | None], explain: Callable[[], str] = str) -> T:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := check():
            return found
        time.sleep(0.03)
    raise AssertionError(f"it never happened; seen so far:\n{explain()}")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but wasn't reaped by its parent doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(procfile: str, *options: str, **environment: str) -> Run:
        runs.append(Run(tmp_path, procfile, *options, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def script(tmp_path: Path, name: str, body: str) -> str:
    """Return the command that runs ``body`` as a Python program."""
    path = tmp_path / f"{name}.py"
    path.write_text(textwrap.dedent(body))
    return f"{sys.executable} {path}"


def test_all_processes_start_together_and_their_lines_carry_their_names(supervise):
    run = supervise("one: sh -c 'echo hello; exec sleep 60'\ntwo: sh -c 'echo there; exec sleep 60'\n")

    run.wait_for(r"one +\| hello")
    run.wait_for(r"two +\| there")

    assert run.stop() == 0


def test_a_crashed_process_starts_again_with_growing_pauses(supervise):
    run = supervise("bad: sh -c 'echo up; exit 3'\n", "--first-backoff", "0.1", "--longest-backoff", "0.4")

    pauses = run.wait_for(r"bad ended with exit code 3; starting it again in ([\d.]+) s", times=5)

    assert pauses[:5] == ["0.1", "0.2", "0.4", "0.4", "0.4"]
    assert run.text().count("bad    | up") >= 5
    assert run.stop() == 0


def test_the_pause_is_short_again_after_a_stable_time(supervise):
    run = supervise("bad: sh -c 'sleep 0.5; exit 3'\n", "--first-backoff", "0.1", "--stable-after", "0.3")

    pauses = run.wait_for(r"again in ([\d.]+) s", times=3)

    assert pauses[:3] == ["0.1", "0.1", "0.1"]
    assert run.stop() == 0


def test_a_killed_process_is_replaced_while_the_other_one_stays(supervise, tmp_path):
    sleeper = script(tmp_path, "sleeper", "import os, time; print(f'pid={os.getpid()}', flush=True); time.sleep(60)")
    run = supervise(f"first: {sleeper}\nsecond: {sleeper}\n", "--first-backoff", "0.1")
    first = int(run.wait_for(r"first +\| pid=(\d+)")[0])
    second = int(run.wait_for(r"second +\| pid=(\d+)")[0])

    os.kill(first, signal.SIGKILL)
    pids = run.wait_for(r"first +\| pid=(\d+)", times=2)

    assert int(pids[1]) != first
    assert "first ended with SIGKILL" in run.text()
    assert is_alive(second)
    assert run.stop() == 0


def test_a_command_that_does_not_exist_is_named_and_the_others_run(supervise):
    run = supervise("lost: no-such-program-anywhere\ngood: sh -c 'echo fine; exec sleep 60'\n")

    run.wait_for(r"lost can't be started: .*no-such-program-anywhere")
    run.wait_for(r"good +\| fine")

    assert run.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_lets_running_work_finish(supervise, tmp_path, number):
    careful = script(
        tmp_path,
        "careful",
        """
        import signal, sys, time
        def finish(*_):
            time.sleep(0.5)
            print("work finished", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, finish)
        print("ready", flush=True)
        while True:
            time.sleep(1)
        """,
    )
    run = supervise(f"work: {careful}\n")
    run.wait_for("work +\\| ready")

    assert run.stop(number) == 0
    assert re.search(r"work +\| work finished", run.text())
    assert "all stopped" in run.text()


STUBBORN = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"pid={os.getpid()}", flush=True)
    while True:
        time.sleep(1)
"""


def test_what_does_not_stop_in_time_is_killed_and_the_exit_code_tells(supervise, tmp_path):
    run = supervise(f"deaf: {script(tmp_path, 'deaf', STUBBORN)}\n", "--stop-after", "0.5")
    pid = int(run.wait_for(r"pid=(\d+)")[0])

    assert run.stop() == 1
    assert "forcing the end of deaf" in run.text()
    assert not is_alive(pid)


def test_a_second_signal_forces_the_end_at_once(supervise, tmp_path):
    run = supervise(f"deaf: {script(tmp_path, 'deaf', STUBBORN)}\n", "--stop-after", "60")
    pid = int(run.wait_for(r"pid=(\d+)")[0])

    run.process.send_signal(signal.SIGINT)
    run.wait_for("stopping")
    began = time.monotonic()

    assert run.stop(signal.SIGINT) == 1
    assert time.monotonic() - began < 5
    assert not is_alive(pid)


PARENT = """
    import subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(f"grandchild={child.pid}", flush=True)
    time.sleep(60)
"""


def test_what_a_process_has_started_ends_with_it(supervise, tmp_path):
    run = supervise(f"parent: {script(tmp_path, 'parent', PARENT)}\n")
    grandchild = int(run.wait_for(r"grandchild=(\d+)")[0])

    assert run.stop() == 0
    assert not is_alive(grandchild)


def test_a_crashed_process_leaves_nothing_behind_when_it_starts_again(supervise, tmp_path):
    run = supervise(f"parent: {script(tmp_path, 'parent', PARENT)}\n", "--first-backoff", "0.1")
    grandchild = int(run.wait_for(r"grandchild=(\d+)")[0])
    parent = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])

    os.kill(parent, signal.SIGKILL)
    run.wait_for(r"grandchild=(\d+)", times=2)

    assert not is_alive(grandchild)
    assert run.stop() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process that its parent has died")
def test_no_process_outlives_a_killed_supervisor(supervise, tmp_path):
    sleeper = script(tmp_path, "sleeper", "import os, time; print(f'pid={os.getpid()}', flush=True); time.sleep(60)")
    run = supervise(f"one: {sleeper}\ntwo: {sleeper}\n")
    pids = [int(pid) for pid in run.wait_for(r"pid=(\d+)", times=2)]

    run.process.kill()
    run.process.wait()

    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_taken_port_is_one_clear_line(supervise):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        run = supervise("web: sh -c 'echo started'\n", PORT=str(port))

        assert run.process.wait(PATIENCE) == 2

    (line,) = run.text().splitlines()
    assert line.startswith(f"Can't start: port {port} can't be used")
    assert "PORT=" in line


def test_the_addresses_are_shown_once_the_web_answers(supervise, tmp_path):
    web = script(
        tmp_path,
        "web",
        """
        import http.server, os
        class Health(http.server.BaseHTTPRequestHandler):
            asked = 0
            def do_GET(self):
                Health.asked += 1
                self.send_response(503 if Health.asked == 1 else 200)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Health).serve_forever()
        """,
    )
    port = free_port()
    run = supervise(f"web: {web}\n", PORT=str(port))

    run.wait_for(rf"API docs +http://127\.0\.0\.1:{port}/api/v1/docs")
    run.wait_for(rf"dashboard +http://127\.0\.0\.1:{port}/admin/")
    run.wait_for(r"mailbox +http://127\.0\.0\.1:\d+/mailbox")

    assert run.stop() == 0
    assert run.text().count("API docs") == 1


def test_it_loads_nothing_but_the_standard_library():
    listing = "import sys, airbnb.cli.start; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-S", "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)

    foreign = {name for name in loaded.stdout.split() if name not in sys.stdlib_module_names and name[0] != "_"}
    assert foreign == {"airbnb"}


def test_the_environment_wins_over_the_env_file_and_that_over_the_defaults(tmp_path):
    (tmp_path / ".env").write_text("# ours\nPORT=9001\nexport MAIL_SINK_PORT='9002'\nINSTANCE_PATH=data\n")

    environment = build_environment({"PORT": "9100", "PATH": "/bin"}, tmp_path)

    assert environment["PORT"] == "9100"
    assert environment["MAIL_SINK_PORT"] == "9002"
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


@pytest.mark.parametrize(
    "text, complaint",
    [("web gunicorn\n", "not a `name: command` line"), ("# empty\n", "no process"), ("a: run $NOWHERE\n", "NOWHERE")],
)
def test_a_procfile_that_cannot_be_read_is_refused_with_its_reason(tmp_path, text, complaint):
    (tmp_path / "Procfile").write_text(text)

    with pytest.raises(CannotStart, match=re.escape(complaint)):
        read_procfile(tmp_path / "Procfile", {})


def test_the_projects_own_procfile_names_the_four_processes():
    environment = build_environment({"PATH": "/bin"}, ROOT)

    commands = read_procfile(ROOT / "Procfile", environment)

    assert list(commands) == ["web", "worker", "beat", "mail"]


def test_the_process_for_streams_runs_where_it_has_a_port():
    environment = build_environment({"PATH": "/bin", "STREAM_PORT": "9001"}, ROOT)

    assert list(read_procfile(ROOT / "Procfile", environment)) == ["web", "stream", "worker", "beat", "mail"]


def test_the_mailbox_listens_beside_the_web_unless_told_otherwise(tmp_path):
    assert build_environment({"PORT": "9100"}, tmp_path)["MAIL_SINK_PORT"] == "9125"
    assert load_settings({"PORT": "9100", "INSTANCE_PATH": str(tmp_path)}).mail.sink_port == 9125
