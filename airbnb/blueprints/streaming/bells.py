"""What a process with open streams waits for before it looks at the database again."""

import contextlib
import logging
import time
from typing import Protocol

import redis

from airbnb.queries.stream_events import CHANNEL
from airbnb.redis_clients import make_client
from airbnb.shared_store import TIMEOUT_S

logger = logging.getLogger(__name__)

#: How often the database is asked without Redis, and how often all the same with it: a ring may get lost.
POLL_S = 0.25
QUIET_POLL_S = 0.75
#: How long a Redis that failed is left alone.
REST_S = 5.0


class StreamBell(Protocol):
    """Wakes the one reader of a process."""

    def wait(self) -> None:
        """Return when there may be something new."""

    def close(self) -> None:
        """Let go of every connection."""


class Clockwork:
    """Rings at regular times; needs nothing but the database."""

    def wait(self) -> None:
        """Return after a moment."""
        time.sleep(POLL_S)

    def close(self) -> None:
        """Nothing is held."""


class Subscription:
    """Rings when another process publishes; one connection, whatever the number of streams."""

    def __init__(self, url: str) -> None:
        self._client = make_client(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None, health_check_interval=15
        )
        self._heard: redis.client.PubSub | None = None
        self._rests_until = 0.0
        self._clockwork = Clockwork()

    def wait(self) -> None:
        """Return at a ring, at the latest after ``QUIET_POLL_S``; without Redis like a clockwork."""
        if time.monotonic() < self._rests_until:
            self._clockwork.wait()
            return
        try:
            heard = self._listening()
            if heard.get_message(timeout=QUIET_POLL_S) is not None:
                # Rings that came together mean one look.
                while heard.get_message(timeout=0) is not None:
                    pass
        except (redis.RedisError, OSError) as error:
            logger.warning("the bell of streams does not answer; the database is asked instead", exc_info=error)
            self.close()
            self._rests_until = time.monotonic() + REST_S

    def close(self) -> None:
        """Give the connection back."""
        if self._heard is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                self._heard.close()
            self._heard = None
        self._client.close()

    def _listening(self) -> redis.client.PubSub:
        if self._heard is None:
            self._heard = self._client.pubsub()  # type: ignore[no-untyped-call]
            self._heard.subscribe(CHANNEL)
        return self._heard
