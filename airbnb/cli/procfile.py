"""Reads what the supervisor is to run: the Procfile, the environment of its processes and their ports.

Standard library only, like the supervisor itself.
"""

import os
import re
import shlex
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

#: The variable that holds the port of each process that listens.
PORT_OF = {"web": "PORT", "stream": "STREAM_PORT", "mail": "MAIL_SINK_PORT"}
#: Processes that run only where this variable is set: without them another one does their work.
ONLY_WITH = {"stream": "STREAM_PORT"}


class CannotStart(Exception):
    """The processes can't be started; the message is one line for the operator."""


def read_procfile(path: Path, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the words of every ``name: command`` line that is to run, by its name; ``$NAME`` stands for a variable.

    Raises: CannotStart for a line of another form or an unknown variable.
    """
    commands = {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([a-z][a-z0-9_-]*):\s*(\S.*)", line.strip())
        if match is None:
            raise CannotStart(f"{path}: not a `name: command` line: {line}")
        needed = ONLY_WITH.get(match[1])
        if needed is not None and not environment.get(needed):
            continue
        try:
            commands[match[1]] = [_expand(word, environment) for word in shlex.split(match[2])]
        except KeyError as error:
            raise CannotStart(f"{path}: {match[1]} uses the unknown variable {error}") from error
    if not commands:
        raise CannotStart(f"{path} names no process")
    return commands


def _expand(word: str, environment: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: environment[match[1]], word)


def read_env_file(path: Path) -> dict[str, str]:
    """Return the ``NAME=value`` lines of a ``.env`` file, if there is one."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        match = re.fullmatch(r"\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*", line)
        if match:
            found[match[1]] = match[2].strip("\"'")
    return found


def build_environment(inherited: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return what the processes get: the environment over ``.env`` over the defaults.

    Raises: CannotStart for a port that isn't a number.
    """
    environment = {**read_env_file(root / ".env"), **inherited}
    environment["INSTANCE_PATH"] = str(Path(environment.get("INSTANCE_PATH") or root / "instance").absolute())
    environment["HOST"] = environment.get("HOST") or "127.0.0.1"
    environment["PORT"] = _port(environment, "PORT", 8000)
    # Beside the web's port, so that two installations on one machine need only two values of PORT.
    environment["MAIL_SINK_PORT"] = _port(environment, "MAIL_SINK_PORT", min(int(environment["PORT"]) + 25, 65_535))
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    return environment


def _port(environment: Mapping[str, str], name: str, default: int) -> str:
    value = environment.get(name) or str(default)
    if not (value.isdecimal() and 0 < int(value) < 65_536):
        raise CannotStart(f"{name} must be a number from 1 to 65535, not {value!r}")
    return value


def refuse_taken_ports(names: Iterable[str], environment: Mapping[str, str]) -> None:
    """Check that the processes of these names will get their ports.

    Raises: CannotStart naming the port and the variable that changes it.
    """
    for variable in [PORT_OF[name] for name in names if name in PORT_OF]:
        port = int(environment[variable])
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((environment["HOST"], port))
            except OSError as error:
                raise CannotStart(
                    f"port {port} can't be used ({error}): stop what uses it, or choose another with {variable}="
                ) from error
