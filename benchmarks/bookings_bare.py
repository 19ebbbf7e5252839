"""The workflow of a booking beside the driver alone, which sends the very statements that the workflow sent."""

import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text

from airbnb.domain.ids import new_code, new_id
from airbnb.extensions import db
from airbnb.unit_of_work import in_transaction
from tests.concurrency.racing import race
from tests.concurrency.stage import Person, make_listing

#: What the workflow makes anew for each booking: ids, codes and references. A code has a letter: ten digits are a mask.
MADE = re.compile(r"(?<![0-9a-f])\d{15,19}(?![0-9a-f])|\b(?=[0-9]*[A-Z])[A-Z0-9]{10}\b|(?<=_)[0-9a-f]{20}\b")
PROVIDER_REFERENCE = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it went to the driver of the ``write`` or the ``read`` engine."""

    engine: str
    statement: str
    parameters: Any
    many: bool


@contextmanager
def watching() -> Iterator[list[Sent]]:
    """Collect what is sent to the database meanwhile, commits too."""
    sent: list[Sent] = []

    def listen(name: str, engine: Engine) -> list[tuple[Engine, str, Callable[..., None]]]:
        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            sent.append(Sent(name, statement, parameters, many))

        def end(connection: Any) -> None:
            sent.append(Sent(name, "COMMIT", (), False))

        return [(engine, "before_cursor_execute", note), (engine, "commit", end)]

    listeners = [*listen("write", db.engine), *listen("read", db.engines["read"])]
    for engine, what, listener in listeners:
        event.listen(engine, what, listener)
    try:
        yield sent
    finally:
        for engine, what, listener in listeners:
            event.remove(engine, what, listener)


class SideBySide:
    """Books by the workflow and by the driver alone, which books the same stay of another listing.

    Every id and code that the workflow made is replaced by a new one. Receipts alone keep their numbers, which
    therefore need not be unique from here on.
    """

    def __init__(self, app: Flask, *, book: Callable[[Person, int], object], host: Person) -> None:
        self._app, self._book, self._host = app, book, host
        unguard = text("ALTER TABLE documents ADD INDEX loose (series, number), DROP INDEX uq_documents_series_number")
        in_transaction(lambda session: session.execute(unguard))

    def one_client(self, guest: Person, bookings: int) -> tuple[float, float]:
        """Return the median milliseconds of a booking and of its bare statements, which take turns."""
        workflow, bare = [], []
        with _Driver() as driver:
            for _ in range(bookings):
                again, ms = self._sent_by(guest)
                workflow.append(ms)
                began = time.perf_counter()
                driver.send(again)
                bare.append((time.perf_counter() - began) * 1e3)
        return statistics.median(workflow), statistics.median(bare)

    def at_once(self, guests: Sequence[Person], bookings: int) -> tuple[float, float]:
        """Return the bookings in a second, and those of bare statements, of clients that each make so many at once."""
        again = [[self._sent_by(guest)[0] for _ in range(bookings)] for guest in guests]
        listings = [[make_listing(self._host) for _ in range(bookings)] for _ in guests]

        def book(guest: Person, wanted: Sequence[int]) -> None:
            with self._app.app_context():
                for listing_id in wanted:
                    self._book(guest, listing_id)

        def send(many: Sequence[Sequence[Sent]]) -> None:
            with self._app.app_context(), _Driver() as driver:
                for one in many:
                    driver.send(one)

        workflow = _seconds([partial(book, *one) for one in zip(guests, listings, strict=True)])
        bare = _seconds([partial(send, one) for one in again])
        return len(guests) * bookings / workflow, len(guests) * bookings / bare

    def _sent_by(self, guest: Person) -> tuple[list[Sent], float]:
        """Book, and return the statements of a booking like it with the milliseconds that it took."""
        listing_id = make_listing(self._host)
        with watching() as sent:
            began = time.perf_counter()
            self._book(guest, listing_id)
            ms = (time.perf_counter() - began) * 1e3
        return self._renamed(sent, listing_id, guest), ms

    def _renamed(self, sent: Sequence[Sent], listing_id: int, guest: Person) -> list[Sent]:
        other_id = make_listing(self._host)
        renamed = _Renamed({str(listing_id): str(other_id)}, kept={str(guest.user_id), str(self._host.user_id)})
        return [replace(one, parameters=renamed.of(one.parameters)) for one in sent]


def _seconds(calls: Sequence[Callable[[], None]]) -> float:
    began = time.perf_counter()
    race(calls)
    return time.perf_counter() - began


class _Driver:
    """A connection of each engine, without SQLAlchemy on the way."""

    def __enter__(self) -> "_Driver":
        self._connections = {"write": db.engine.raw_connection(), "read": db.engines["read"].raw_connection()}
        self._cursors: dict[str, Any] = {name: one.cursor() for name, one in self._connections.items()}
        return self

    def __exit__(self, *error: object) -> None:
        for connection in self._connections.values():
            connection.close()

    def send(self, statements: Sequence[Sent]) -> None:
        """Send statements as the driver takes them, and read all that is answered."""
        for one in statements:
            cursor = self._cursors[one.engine]
            if one.many:
                cursor.executemany(one.statement, one.parameters)
                continue
            cursor.execute(one.statement, one.parameters)
            if cursor.description:
                cursor.fetchall()


class _Renamed:
    """Gives every id and code a new one, the same each time."""

    def __init__(self, names: dict[str, str], *, kept: set[str]) -> None:
        self._names, self._kept = names, kept

    def of(self, value: Any) -> Any:
        """Return a parameter, or a collection of them, with the new names."""
        if isinstance(value, (list, tuple)):
            return type(value)(map(self.of, value))
        if isinstance(value, dict):
            return {name: self.of(one) for name, one in value.items()}
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            return value
        text_of = MADE.sub(self._rename, str(value))
        return int(text_of) if isinstance(value, int) else text_of

    def _rename(self, found: re.Match[str]) -> str:
        old = found[0]
        if old in self._kept:
            return old
        if old not in self._names:
            self._names[old] = _like(old)
        return self._names[old]


def _like(old: str) -> str:
    if len(old) == PROVIDER_REFERENCE:
        return secrets.token_hex(PROVIDER_REFERENCE // 2)
    return str(new_id()) if old.isdecimal() else new_code()
