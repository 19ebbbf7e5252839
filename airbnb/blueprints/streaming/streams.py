"""One open stream: the text that goes over the wire, and when it ends."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Protocol

import orjson

from airbnb.domain import clock
from airbnb.domain.streams import Position, StreamEventName
from airbnb.queries.stream_events import Arrival
from airbnb.services.streams import StreamHolder

PING_S = 15.0
PING = b": ping\n\n"
#: What browsers wait before they come back, as the first line tells them.
OPENING = b"retry: 3000\n\n"
#: A client that is this many events behind is let go; it comes back and catches up from the database.
MOST_QUEUED = 200
#: A client that takes nothing for this long is gone.
SEND_TIMEOUT_S = 20
ENDED = "session_ended"
EXPIRED = "token_expired"


class Home(Protocol):
    """What keeps the open streams."""

    def missed_by(self, stream: "Stream", *, above: int) -> list[Arrival]:
        """Return what a stream lacks above an id, a page at most; how much waits ends the last page."""

    def forget(self, stream: "Stream") -> None:
        """Keep a stream no longer; forgetting it twice does no harm."""


class Stream:
    """What one client is sent, as the body of an answer: the reader puts in, the request's own thread takes out.

    There are thousands in one process, and nearly all of them wait. So one holds no more than waiting needs: no queue
    with room reserved, and no frames between the server's loop and the wait.
    """

    __slots__ = ("_arrives", "_home", "_is_ended", "_waiting", "holder", "missed", "position")

    def __init__(self, holder: StreamHolder, position: Position, home: Home) -> None:
        self.holder, self.position = holder, position
        #: What is sent first; the next page is asked for with the last of it.
        self.missed: list[Arrival] = []
        self._home, self._is_ended = home, False
        self._waiting: list[Arrival | str] = []
        self._arrives = threading.Event()

    def put(self, item: Arrival | str) -> None:
        """Queue an event, or the reason to sign in again; a client that is too far behind is let go."""
        if len(self._waiting) >= MOST_QUEUED:
            self.end()
        elif not self._is_ended:
            self._waiting.append(item)
            self._arrives.set()

    def end(self) -> None:
        """End the stream without a word: the client comes back and catches up."""
        self._is_ended = True
        self._arrives.set()

    def close(self) -> None:
        """Let go of the stream; the server calls this when the client is gone."""
        self._home.forget(self)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield OPENING
            while self.missed:
                yield self._next_missed()
            while text := self._next_live():
                yield text
        finally:
            self.close()

    def _next_missed(self) -> bytes:
        arrival = self.missed.pop(0)
        if not self.missed and arrival.name is not StreamEventName.COUNTERS:
            self.missed = self._home.missed_by(self, above=arrival.id)
        return self._text_of(arrival)

    def _next_live(self) -> bytes:
        """Return what is to be sent next, at the latest after ``PING_S``; nothing when the stream ends."""
        ping_at = time.monotonic() + PING_S
        while not self._is_ended:
            left = (self.holder.ends_at - clock.now()).total_seconds()
            if left <= 0:
                return self._last(EXPIRED)
            if not self._waiting:
                silence = ping_at - time.monotonic()
                if silence <= 0:
                    return PING
                if self._arrives.wait(min(left, silence)):
                    self._arrives.clear()
                continue
            item = self._waiting.pop(0)
            if isinstance(item, str):
                return self._last(item)
            # What was caught up with may have been queued as well.
            if item.name is StreamEventName.COUNTERS or not self.position.has(item.id):
                return self._text_of(item)
        return b""

    def _last(self, reason: str) -> bytes:
        self._is_ended = True
        return b"event: %s\ndata: %s\n\n" % (StreamEventName.REAUTH.encode(), orjson.dumps({"reason": reason}))

    def _text_of(self, arrival: Arrival) -> bytes:
        # Counters have no id: they are sent anew to whoever comes back.
        if arrival.name is not StreamEventName.COUNTERS:
            self.position = self.position.after(arrival.id)
        return f"id: {self.position}\nevent: {arrival.name}\ndata: {arrival.data}\n\n".encode()


def bound_sending(connection: object) -> None:
    """Let the server's socket give up on a client that takes nothing; ``connection`` as the server hands it over."""
    if isinstance(connection, socket.socket):
        connection.settimeout(SEND_TIMEOUT_S)
        with contextlib.suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_TIMEOUT_S * 1000)
