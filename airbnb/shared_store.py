"""The memory that all processes share, in Redis: what it holds can be lost at any time, and waiting for it is bounded.

After a failure it is left alone for a moment, so that a server that hangs costs one short wait and not one a request.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import redis

from airbnb import metrics
from airbnb.redis_clients import make_client

logger = logging.getLogger(__name__)

T = TypeVar("T")
#: A command of Redis in words.
Command = tuple[str | bytes | int, ...]

#: So many commands wait for the next trip at most, and none longer than this.
MOST_LEFT = 64
LEFT_FOR_S = 5.0

TIMEOUT_S = 0.25
FIRST_REST_S = 1.0
LONGEST_REST_S = 15.0


class StoreUnavailable(Exception):
    """There is no shared memory, or it does not answer; go on without it."""


class SharedStore:
    """A Redis client with short waits that rests after a failure."""

    def __init__(self, url: str | None) -> None:
        # No retries: the caller has another way, and a repeat would double the wait.
        self._client = (
            make_client(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None) if url else None
        )
        self._lock = threading.Lock()
        self._rest_s = 0.0
        self._rests_until = 0.0
        self._left: deque[tuple[float, Command]] = deque(maxlen=MOST_LEFT)

    def leave(self, command: Command) -> None:
        """Leave something to be stored with the next trip of this process; it may be lost."""
        if self._client is not None:
            self._left.append((time.monotonic(), command))

    def take_left(self) -> list[Command]:
        """Return what was left, for a trip that is about to be made."""
        taken: list[Command] = []
        while self._left:
            try:
                since, command = self._left.popleft()
            except IndexError:
                break  # another thread was faster
            if since > time.monotonic() - LEFT_FOR_S:
                taken.append(command)
        return taken

    def ask(self, question: "Callable[[redis.Redis], T]") -> T:
        """Return what ``question`` gets from the client. Raises: StoreUnavailable."""
        if self._client is None or self._is_resting():
            raise StoreUnavailable()
        try:
            if left := self.take_left():
                ask_together(self._client, left)
            answer = question(self._client)
        except redis.RedisError as error:
            self._rest()
            metrics.SHARED_STORE_FAILURES.inc()
            logger.warning("the shared store does not answer; going on without it", exc_info=error)
            raise StoreUnavailable() from error
        if self._rest_s:
            self._wake()
        return answer

    def _is_resting(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return True
            if self._rest_s:
                # This caller tries; the others go on resting until it knows more.
                self._rests_until = now + self._rest_s
            return False

    def _rest(self) -> None:
        with self._lock:
            self._rest_s = min(max(FIRST_REST_S, self._rest_s * 2), LONGEST_REST_S)
            self._rests_until = time.monotonic() + self._rest_s

    def _wake(self) -> None:
        with self._lock:
            self._rest_s = self._rests_until = 0.0


def ask_together(client: "redis.Redis", commands: Sequence[Command]) -> list[Any]:
    """Return the answers to some commands in one trip; what went wrong with one is its answer."""
    pipe: Any = client.pipeline(transaction=False)
    for command in commands:
        pipe.execute_command(*command)
    return cast("list[Any]", pipe.execute(raise_on_error=False))


def ask_one(client: "redis.Redis", command: Command) -> Any:
    """Return the answer to one command."""
    return cast(Any, client).execute_command(*command)
