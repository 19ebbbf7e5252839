"""The open streams of this process, and the thread that reads for all of them while there is one."""

import threading
from dataclasses import asdict
from typing import cast

import orjson
from flask import Flask, current_app

from airbnb.blueprints.streaming.bells import Clockwork, StreamBell, Subscription
from airbnb.blueprints.streaming.reader import Reader
from airbnb.blueprints.streaming.streams import Stream
from airbnb.config import Settings
from airbnb.domain import clock
from airbnb.domain.streams import Position, StreamEventName, StreamsFull, window_start
from airbnb.queries import stream_events as queries
from airbnb.queries.stream_events import Arrival
from airbnb.queries.users import count_waiting
from airbnb.services.streams import StreamHolder
from airbnb.unit_of_work import reading

EXTENSION = "airbnb_streams"
#: Streams of one user in one process; one more ends the oldest, which may be a connection that died unnoticed.
MOST_PER_USER = 10
RETRY_AFTER_S = 5
CATCH_UP_PAGE = 200
STOP_PATIENCE_S = 10


def init_app(app: Flask, settings: Settings) -> None:
    """Give an app a hub; nothing runs before the first stream."""
    app.extensions[EXTENSION] = Hub(app, redis_url=settings.redis_url, limit=settings.stream_limit)


def hub() -> "Hub":
    """Return the hub of the running app."""
    return cast(Hub, current_app.extensions[EXTENSION])


class Hub:
    """Keeps the streams of one process, by user."""

    def __init__(self, app: Flask, *, redis_url: str | None, limit: int) -> None:
        self._app, self._redis_url, self._limit = app, redis_url, limit
        self._lock = threading.Lock()
        self._streams: dict[int, list[Stream]] = {}
        self._count = 0
        self._reader: threading.Thread | None = None
        self._is_stopping = False

    def check_room(self) -> None:
        """Raises: StreamsFull when no other stream can be held."""
        if self._count >= self._limit or self._is_stopping:
            raise StreamsFull(retry_after_s=RETRY_AFTER_S)

    def open(self, holder: StreamHolder, last_event_id: str | None) -> Stream:
        """Return a new stream that goes on after ``last_event_id``, or from now on.

        Raises: StreamsFull, InvalidCursor.
        """
        position = Position.parse(last_event_id) if last_event_id else None
        stream = Stream(holder, position or Position(window_start(clock.now())), self)
        # Registered before the database is asked: what is committed in between comes on both ways, and is sent once.
        self._register(stream)
        try:
            if position is None:
                stream.position = self._present(holder.user_id, stream.position)
            stream.missed = self.missed_by(stream, above=stream.position.since)
        except BaseException:
            stream.close()
            raise
        return stream

    def missed_by(self, stream: Stream, *, above: int) -> list[Arrival]:
        """Return what a stream lacks above an id, a page at most; how much waits ends the last page."""
        user_id = stream.holder.user_id
        with self._app.app_context():
            with reading() as session:
                page = queries.list_missed(session, user_id, stream.position, above=above, limit=CATCH_UP_PAGE)
            return page if len(page) == CATCH_UP_PAGE else [*page, count_for(user_id)]

    def forget(self, stream: Stream) -> None:
        """Keep a stream no longer; forgetting it twice does no harm."""
        user_id = stream.holder.user_id
        with self._lock:
            mine = self._streams.get(user_id, [])
            if stream in mine:
                mine.remove(stream)
                self._count -= 1
            if not mine:
                self._streams.pop(user_id, None)

    def stop(self) -> None:
        """Let the reader end every stream, and take no more; safe to call while anything else runs."""
        self._is_stopping = True

    def close(self) -> None:
        """Stop, wait until the reader has ended, and be ready to begin anew."""
        self.stop()
        reader = self._reader
        if reader is not None:
            reader.join(STOP_PATIENCE_S)
        self._is_stopping = False

    def is_done(self) -> bool:
        """Whether the reader may end: it is asked to, or nobody has a stream. A later stream starts another one."""
        with self._lock:
            if self._streams and not self._is_stopping:
                return False
            self._reader = None
            left = [stream for mine in self._streams.values() for stream in mine]
        for stream in left:
            stream.end()
        return True

    def users(self) -> set[int]:
        """Return who has a stream."""
        with self._lock:
            return set(self._streams)

    def streams_of(self, user_id: int) -> list[Stream]:
        """Return the streams of one user."""
        with self._lock:
            return list(self._streams.get(user_id, ()))

    def _register(self, stream: Stream) -> None:
        with self._lock:
            self.check_room()
            mine = self._streams.setdefault(stream.holder.user_id, [])
            oldest = mine[0] if len(mine) >= MOST_PER_USER else None
            mine.append(stream)
            self._count += 1
            if self._reader is None:
                self._reader = threading.Thread(target=self._read, daemon=True, name="streams")
                self._reader.start()
        if oldest is not None:
            oldest.end()

    def _present(self, user_id: int, position: Position) -> Position:
        """Return the position of a reader who needs nothing of what is there now."""
        with reading() as session:
            for event_id in queries.list_user_ids_above(session, user_id, position.since):
                position = position.after(event_id)
        return position

    def _read(self) -> None:
        bell: StreamBell = Subscription(self._redis_url) if self._redis_url else Clockwork()
        try:
            with self._app.app_context():
                Reader(self, count_for).run(bell)
        finally:
            bell.close()


def count_for(user_id: int) -> Arrival:
    """Return how much waits for a user, as an event that is never caught up with."""
    with reading() as session:
        waiting = count_waiting(session, user_id, now=clock.now())
    return Arrival(0, user_id, StreamEventName.COUNTERS, orjson.dumps(asdict(waiting)).decode())
