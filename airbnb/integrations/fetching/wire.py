"""One HTTP request over a connection to an address chosen by us, with one deadline for all of it."""

import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from ipaddress import IPv4Address, IPv6Address
from queue import Empty, SimpleQueue
from threading import Thread

from airbnb.domain.fetch_targets import Target

Address = IPv4Address | IPv6Address
#: Host to addresses, as ``getaddrinfo`` would answer; raises OSError.
Resolve = Callable[[str], list[Address]]
#: Address, port and seconds to a connected socket; raises OSError.
Connect = Callable[[Address, int, float], socket.socket]


class Deadline:
    """A moment by which everything has to be over."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises: TimeoutError when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        return left


def system_resolve(host: str) -> list[Address]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found))


def system_connect(address: Address, port: int, seconds: float) -> socket.socket:
    """Connect to exactly this address; no name is resolved again, and no proxy is asked."""
    return socket.create_connection((str(address), port), timeout=seconds)


def resolve_within(resolve: Resolve, host: str, deadline: Deadline) -> list[Address]:
    """Resolve a name before the deadline; resolvers themselves know none. Raises: OSError."""
    answers: SimpleQueue[list[Address] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host))
        except Exception as error:
            answers.put(error)

    Thread(target=ask, daemon=True, name="resolve").start()
    try:
        answer = answers.get(timeout=deadline.left())
    except Empty as error:
        raise TimeoutError("the name was not resolved in time") from error
    if isinstance(answer, OSError | UnicodeError):
        raise OSError(str(answer)) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


class PinnedConnection(HTTPConnection):
    """A connection for one request to a target at known addresses, as ``http.client`` uses it."""

    def __init__(
        self, target: Target, addresses: Sequence[Address], *, connect: Connect, tls: ssl.SSLContext, deadline: Deadline
    ) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.scheme == "https" else 80  # so that the Host header names other ports only
        self._target, self._addresses = target, addresses
        self._connect, self._tls, self._deadline = connect, tls, deadline
        self._wire: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first address that answers; the certificate is checked against the name."""
        plain = self._reach()
        try:
            plain.settimeout(self._deadline.left())
            wire = self._tls.wrap_socket(plain, server_hostname=self.host) if self._target.scheme == "https" else plain
        except BaseException:
            plain.close()
            raise
        self._wire = wire
        self.sock = _TimedSocket(wire, self._deadline)

    def hang_up(self) -> None:
        """End the connection, read or unread."""
        self.close()
        if self._wire is not None:
            self._wire.close()

    def _reach(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            try:
                return self._connect(address, self._target.port, self._deadline.left() / 2)
            except OSError:
                continue
        return self._connect(last, self._target.port, self._deadline.left())


class _TimedSocket:
    """The three methods of a socket that ``http.client`` needs, each within the deadline."""

    def __init__(self, wire: socket.socket, deadline: Deadline) -> None:
        self._wire, self._deadline = wire, deadline

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        self._wire.settimeout(self._deadline.left())
        self._wire.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader that waits no longer than the deadline, however slowly bytes drip in."""
        return io.BufferedReader(_TimedReader(self._wire, self._deadline))

    def close(self) -> None:
        """Leave the wire open: ``http.client`` lets go of its socket while the answer is still unread."""


class _TimedReader(io.RawIOBase):
    def __init__(self, wire: socket.socket, deadline: Deadline) -> None:
        self._wire, self._deadline = wire, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than any buffer, on purpose
        self._wire.settimeout(self._deadline.left())
        return self._wire.recv_into(buffer)
