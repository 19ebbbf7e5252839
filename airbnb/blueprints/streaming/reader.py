"""The one reader of a process with open streams: it finds what is new and hands it to the streams of its users.

It asks the database for every event of the last seconds and leaves out what it has handed on before, so that one that
was committed late is not lost; a ring only makes it ask at once.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from airbnb.blueprints.streaming.bells import StreamBell
from airbnb.blueprints.streaming.streams import ENDED, Stream
from airbnb.domain import clock
from airbnb.domain.streams import StreamEventName, window_start
from airbnb.queries import stream_events as queries
from airbnb.queries.stream_events import Arrival
from airbnb.unit_of_work import reading

logger = logging.getLogger(__name__)

#: How often it is looked up whether the sessions behind the streams still live.
SESSIONS_EVERY_S = 3.0
#: How long counting what waits may keep the reader from the next events.
COUNTING_BUDGET_S = 0.1
FAILURE_REST_S = 1.0


class Streams(Protocol):
    """The open streams that are read for."""

    def is_done(self) -> bool:
        """Whether nobody needs the reader any more."""

    def users(self) -> set[int]:
        """Return who has a stream."""

    def streams_of(self, user_id: int) -> list[Stream]:
        """Return the streams of one user."""


class Reader:
    """Reads for all streams of a process; ``count`` makes the event that says how much waits for a user."""

    def __init__(self, streams: Streams, count: Callable[[int], Arrival]) -> None:
        self._streams, self._count = streams, count
        self._handed_on: set[int] = set()
        self._to_count: dict[int, None] = {}  # a set that keeps its order
        self._sessions_at = time.monotonic() + SESSIONS_EVERY_S

    def run(self, bell: StreamBell) -> None:
        """Go on until no stream is left; a database that is away makes it wait."""
        while not self._streams.is_done():
            try:
                self.look()
            except SQLAlchemyError:
                logger.warning("events of streams could not be read; trying again", exc_info=True)
                time.sleep(FAILURE_REST_S)
                continue
            if not self._to_count:
                bell.wait()

    def look(self) -> None:
        """Hand on what is new, count what waits for whom it concerns, and end streams whose session has ended."""
        for arrival in self._new():
            # A reader that begins finds what was there before the streams were opened.
            for stream in self._streams.streams_of(arrival.user_id):
                if not stream.position.has(arrival.id):
                    self._to_count[arrival.user_id] = None
                    if arrival.name is not StreamEventName.COUNTERS:
                        stream.put(arrival)
        self._count_what_waits()
        if time.monotonic() >= self._sessions_at:
            self._sessions_at = time.monotonic() + SESSIONS_EVERY_S
            self._end_those_without_a_session()

    def _new(self) -> Iterable[Arrival]:
        with reading() as session:
            present = queries.list_ids_above(session, window_start(clock.now()))
            # Whoever opens a stream from here on catches up with all of these.
            users = self._streams.users()
            new = [event_id for event_id, user_id in present if event_id not in self._handed_on and user_id in users]
            arrivals = queries.list_by_ids(session, new)
        self._handed_on = {event_id for event_id, _ in present}
        return arrivals

    def _count_what_waits(self) -> None:
        until = time.monotonic() + COUNTING_BUDGET_S
        while self._to_count and time.monotonic() < until:
            user_id = next(iter(self._to_count))
            streams = self._streams.streams_of(user_id)
            counted = self._count(user_id) if streams else None
            del self._to_count[user_id]
            if counted is not None:
                for stream in streams:
                    stream.put(counted)

    def _end_those_without_a_session(self) -> None:
        streams = [stream for user_id in self._streams.users() for stream in self._streams.streams_of(user_id)]
        asked = {stream.holder.session_id for stream in streams}
        with reading() as session:
            live = queries.list_live_session_ids(session, asked, now=clock.now())
        for stream in streams:
            if stream.holder.session_id not in live:
                stream.put(ENDED)
