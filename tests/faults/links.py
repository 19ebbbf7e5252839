"""A connection between two programs that a test makes slow, or cuts in the middle of an answer."""

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator

from tests.servers import free_port

CHUNK = 65_536
#: Close with a reset, as a machine does that lost its memory of the connection.
RESET = struct.pack("ii", 1, 0)


class Link:
    """A port that passes everything on to another one.

    ``late_s`` is how long an answer stays on the way, ``cut_share`` which part of the answers breaks off half-way; both
    may change at any time.
    """

    def __init__(self, target_port: int, *, seed: int = 1) -> None:
        self.late_s, self.cut_share = 0.0, 0.0
        self.port, self.cuts, self.open, self.most_open = free_port(), 0, 0, 0
        self._target_port, self._chance = target_port, random.Random(seed)
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=256)

    @contextlib.contextmanager
    def running(self) -> Iterator["Link"]:
        """Pass on while the block runs."""
        threading.Thread(target=self._welcome, daemon=True).start()
        try:
            yield self
        finally:
            self._door.close()

    def _welcome(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass both directions on until either side is through."""
        try:
            server = socket.create_connection(("127.0.0.1", self._target_port), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._count(1)
        asking = threading.Thread(target=self._pass_on, args=(client, server), daemon=True)
        asking.start()
        self._answer(server, client)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        asking.join()
        client.close()
        server.close()
        self._count(-1)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        while chunk := received(server):
            time.sleep(self.late_s)
            is_cut = self._chance.random() < self.cut_share
            with contextlib.suppress(OSError):
                client.sendall(chunk[: len(chunk) // 2] if is_cut else chunk)
            if is_cut:
                self.cuts += 1
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                return

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        while chunk := received(source):
            try:
                sink.sendall(chunk)
            except OSError:
                return
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _count(self, more: int) -> None:
        with self._lock:
            self.open += more
            self.most_open = max(self.most_open, self.open)


def received(source: socket.socket) -> bytes:
    """Return what comes next; nothing when the other side is through or gone."""
    try:
        return source.recv(CHUNK)
    except OSError:
        return b""
