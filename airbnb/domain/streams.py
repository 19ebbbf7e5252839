"""What an open stream carries, and how a reader says up to where it has everything."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from airbnb.domain.errors import DomainError, InvalidCursor
from airbnb.domain.ids import MAX_ID, SEQUENCE_BITS, first_id_at

#: A row that was written before another one may be committed after it, but never by more than this: a transaction
#: gets 8 seconds, and clocks of machines differ a little.
LATE_COMMIT = timedelta(seconds=10)
#: More events of one user within ``LATE_COMMIT`` are not told apart; the oldest of them count as received.
MOST_REMEMBERED = 40
_LATE_IDS = int(LATE_COMMIT.total_seconds() * 1000) << SEQUENCE_BITS
_POSITION = re.compile(r"[0-9]{1,19}(\.[0-9]{1,19}){0,40}")


class StreamEventName(StrEnum):
    """The names of events on a stream."""

    NOTIFICATION = "notification"
    MESSAGE = "message"
    BOOKING = "booking"
    COUNTERS = "counters"
    REAUTH = "reauth"


class StreamsFull(DomainError):
    """This process holds as many open streams as it can."""

    code = "streams_full"
    message = "No more live streams can be opened here at the moment. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Position:
    """What a stream has delivered: everything up to ``since`` (or it never will), and the ``seen`` ones above it.

    Ids rise with the time of writing, not of committing. So a reader that only kept the highest id would lose what
    was committed late; this one asks for everything above ``since`` again and leaves out what it has seen.
    """

    since: int
    seen: tuple[int, ...] = ()

    def has(self, event_id: int) -> bool:
        """Whether an event needs no delivery any more."""
        return event_id <= self.since or event_id in self.seen

    def after(self, event_id: int) -> Self:
        """Return the position when one more event is delivered."""
        since = max(self.since, event_id - _LATE_IDS)
        seen = sorted(one for one in {*self.seen, event_id} if one > since)
        if len(seen) > MOST_REMEMBERED:
            since, seen = seen[-MOST_REMEMBERED - 1], seen[-MOST_REMEMBERED:]
        return type(self)(since, tuple(seen))

    def __str__(self) -> str:
        return ".".join(map(str, (self.since, *(one - self.since for one in self.seen))))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a ``Last-Event-ID``. Raises: InvalidCursor."""
        if not _POSITION.fullmatch(text):
            raise InvalidCursor()
        since, *rest = map(int, text.split("."))
        if since + max(rest, default=0) > MAX_ID:
            raise InvalidCursor()
        return cls(since, tuple(since + one for one in rest))


def window_start(now: datetime) -> int:
    """Return the id above which events may still be committed that no reader has seen."""
    return first_id_at(now - LATE_COMMIT)
