"""Letting many callers start at the same moment, or one come while another is not done yet."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from airbnb.unit_of_work import in_transaction

T = TypeVar("T")

#: How long the first of two keeps its row to itself; the second has come as far as it can by then.
LEAD_S = 0.4


def race(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Run every call in a thread of its own, all released together; return what they returned, in order."""
    gate = Barrier(len(calls))

    def start(call: Callable[[], T]) -> T:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


@contextmanager
def ahead_of(app: Flask, first: Callable[[Session], object]) -> Iterator[None]:
    """Do what is inside while ``first`` has written its rows in another transaction and not yet committed them."""
    written = Event()

    def slowly(session: Session) -> None:
        first(session)
        session.flush()
        written.set()
        time.sleep(LEAD_S)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(in_app, app, slowly)
        written.wait(timeout=30)
        yield
        done.result()


def in_app(app: Flask, work: Callable[[Session], object]) -> None:
    """Do work in a transaction from a thread that has no app yet."""
    with app.app_context():
        in_transaction(work)
