"""Letting the threads of one process try for the same thing one after the other, before any of them asks the database.

Who waits here holds no connection and no row, and leaves the interpreter to the one who is at it. It is a courtesy:
other processes know nothing of it, so whatever must hold is up to the database.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Who has waited so long goes on without a turn.
PATIENCE_S = 3.0


@dataclass(slots=True)
class _Queue:
    """Those who want one thing: whether somebody is at it, and how many are here."""

    moved: threading.Condition
    is_held: bool = False
    ended: int = 0
    users: int = 0


@dataclass(slots=True)
class Turns:
    """A queue for each thing that somebody of this process is at; a thing that nobody wants has none."""

    patience_s: float = PATIENCE_S
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _queues: dict[int, _Queue] = field(default_factory=dict)

    @contextmanager
    def of(self, key: int, look_again: Callable[[], None]) -> Iterator[None]:
        """Do what is inside in one's turn, or without one when patience is over.

        While one waits, ``look_again`` is called whenever somebody's turn ended; what it raises ends the waiting.
        """
        deadline = time.monotonic() + self.patience_s
        queue, ended = self._join(key)
        is_mine = False
        try:
            while True:
                is_mine, ended_by_now = self._hold(queue, ended, deadline)
                if is_mine or ended_by_now == ended:
                    break
                ended = ended_by_now
                look_again()
            yield
        finally:
            self._leave(key, queue, was_mine=is_mine)

    def waiting(self, key: int) -> int:
        """Return how many threads are at a thing or wait for it."""
        with self._lock:
            queue = self._queues.get(key)
            return 0 if queue is None else queue.users

    def _join(self, key: int) -> tuple[_Queue, int]:
        with self._lock:
            queue = self._queues.setdefault(key, _Queue(threading.Condition(self._lock)))
            queue.users += 1
            return queue, queue.ended

    def _hold(self, queue: _Queue, seen: int, deadline: float) -> tuple[bool, int]:
        """Take the turn if nobody has it and none ended since one looked; else wait until one ends or patience does.

        Returns: whether the turn is the caller's, and how many turns have ended.
        """
        with self._lock:
            if queue.is_held and queue.ended == seen:
                queue.moved.wait_for(lambda: queue.ended != seen, timeout=deadline - time.monotonic())
            if not queue.is_held and queue.ended == seen:
                queue.is_held = True
                return True, seen
            return False, queue.ended

    def _leave(self, key: int, queue: _Queue, *, was_mine: bool) -> None:
        with self._lock:
            queue.users -= 1
            if was_mine:
                queue.is_held = False
                queue.ended += 1
                queue.moved.notify_all()
            if not queue.users:
                del self._queues[key]
