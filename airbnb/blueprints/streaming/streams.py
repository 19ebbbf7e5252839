"""One open stream: the text that goes over the wire, and when it ends."""

import contextlib
import socket
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
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

    def missed_by(self, stream: "Stream") -> Iterator[Arrival]:
        """Yield what a stream lacks as it opens, then how much waits."""

    def forget(self, stream: "Stream") -> None:
        """Keep a stream no longer; forgetting it twice does no harm."""


class Stream:
    """What one client is sent, as the body of an answer: the reader puts in, the request's own thread takes out."""

    __slots__ = ("_home", "_is_ended", "_waiting", "holder", "position")

    def __init__(self, holder: StreamHolder, position: Position, home: Home) -> None:
        self.holder, self.position = holder, position
        self._home, self._is_ended = home, False
        self._waiting: SimpleQueue[Arrival | str | None] = SimpleQueue()

    def put(self, item: Arrival | str) -> None:
        """Queue an event, or the reason to sign in again; a client that is too far behind is let go."""
        if self._waiting.qsize() >= MOST_QUEUED:
            self.end()
        elif not self._is_ended:
            self._waiting.put(item)

    def end(self) -> None:
        """End the stream without a word: the client comes back and catches up."""
        if not self._is_ended:
            self._is_ended = True
            self._waiting.put(None)

    def close(self) -> None:
        """Let go of the stream; the server calls this when the client is gone."""
        self._home.forget(self)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield OPENING
            for arrival in self._home.missed_by(self):
                yield self._text_of(arrival)
            yield from self._live()
        finally:
            self.close()

    def _live(self) -> Iterator[bytes]:
        ping_at = time.monotonic() + PING_S
        while not self._is_ended:
            left = (self.holder.ends_at - clock.now()).total_seconds()
            if left <= 0:
                yield _reauth(EXPIRED)
                return
            try:
                item = self._waiting.get(timeout=max(min(left, ping_at - time.monotonic()), 0))
            except Empty:
                if time.monotonic() >= ping_at:
                    ping_at = time.monotonic() + PING_S
                    yield PING
                continue
            if isinstance(item, str):
                yield _reauth(item)
                return
            # What was caught up with may have been queued as well.
            if item is not None and (item.name is StreamEventName.COUNTERS or not self.position.has(item.id)):
                yield self._text_of(item)

    def _text_of(self, arrival: Arrival) -> bytes:
        # Counters have no id: they are sent anew to whoever comes back.
        if arrival.name is not StreamEventName.COUNTERS:
            self.position = self.position.after(arrival.id)
        return f"id: {self.position}\nevent: {arrival.name}\ndata: {arrival.data}\n\n".encode()


def _reauth(reason: str) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (StreamEventName.REAUTH.encode(), orjson.dumps({"reason": reason}))


def bound_sending(connection: object) -> None:
    """Let the server's socket give up on a client that takes nothing; ``connection`` as the server hands it over."""
    if isinstance(connection, socket.socket):
        connection.settimeout(SEND_TIMEOUT_S)
        with contextlib.suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_TIMEOUT_S * 1000)
