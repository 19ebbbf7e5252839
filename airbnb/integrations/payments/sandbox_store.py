"""The sandbox provider's own books: a small SQLite file that several processes may write at once.

It is the provider's database, not the product's: it survives our rollbacks, as a real provider's would.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from weakref import finalize

from airbnb.integrations.payments.protocol import GatewayRefused, GatewayUnavailable

KEY_LIFETIME = timedelta(hours=24)

Body = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    ref TEXT PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_reference ON objects (kind, reference, number);
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, ref TEXT NOT NULL, used_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, event_id TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    due_at REAL NOT NULL, delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS events_to_deliver ON events (delivered, due_at);
PRAGMA user_version = 1;
"""


class PendingEvent(NamedTuple):
    """A webhook waiting to be delivered; ``number`` marks this delivery, ``event_id`` the event."""

    number: int
    event_id: str
    type: str
    body: bytes


class SandboxBooks:
    """What one transaction reads and writes; made by ``SandboxStore.writing`` and ``reading``.

    Shape: an object is a dict with ``provider_ref``, ``reference``, ``status`` and what its kind adds.
    """

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def replay(self, kind: str, key: str, fingerprint: str) -> Body | None:
        """Return the object that the idempotency key stands for, or None for a key not used in its lifetime.

        Raises: GatewayRefused ``idempotency_key_reused`` when it was used with other parameters.
        """
        row = self._connection.execute(
            "SELECT fingerprint, ref FROM keys WHERE key = ? AND used_at >= ?",
            (key, (self._now - KEY_LIFETIME).timestamp()),
        ).fetchone()
        if row is None:
            return None
        if row[0] != fingerprint:
            raise GatewayRefused("idempotency_key_reused")
        return self.get(kind, row[1])

    def remember(self, key: str, fingerprint: str, body: Body) -> None:
        """Note which object an idempotency key stands for from now on."""
        self._connection.execute(
            "INSERT OR REPLACE INTO keys (key, fingerprint, ref, used_at) VALUES (?, ?, ?, ?)",
            (key, fingerprint, body["provider_ref"], self._now.timestamp()),
        )

    def get(self, kind: str, ref: str) -> Body:
        """Return the object of a kind by its name at the sandbox. Raises: GatewayRefused ``not_found``."""
        row = self._connection.execute("SELECT body FROM objects WHERE ref = ? AND kind = ?", (ref, kind)).fetchone()
        if row is None:
            raise GatewayRefused("not_found")
        return _object(row)

    def find(self, kind: str, reference: str) -> Body | None:
        """Return the newest object of a kind by our reference."""
        row = self._connection.execute(
            "SELECT body FROM objects WHERE kind = ? AND reference = ? ORDER BY number DESC LIMIT 1", (kind, reference)
        ).fetchone()
        return _object(row) if row else None

    def record(self, kind: str, body: Body) -> None:
        """Save an object and queue the event that tells of its new status."""
        self.save(kind, body)
        self.queue(f"{kind}.{body['status']}", body)

    def note_movement(self, kind: str, body: Body, amount_minor: int, event: str) -> None:
        """Write a line of the balance, once for each event of an object. Units: money in is above zero."""
        line = {
            "provider_ref": f"mov_{event}_{body['provider_ref']}",
            "reference": body["reference"],
            "kind": kind,
            "subject_ref": body["provider_ref"],
            "amount_minor": amount_minor,
            "currency": body["currency"],
            "at": self._now.isoformat(),
        }
        self.save("movement", line)

    def movements(self, since: datetime, until: datetime) -> list[Body]:
        """Return the lines of the balance in ``[since, until)``, the newest first."""
        rows = self._connection.execute(
            "SELECT body FROM objects WHERE kind = 'movement' AND number >= ? AND number < ? ORDER BY number DESC",
            (_microseconds(since), _microseconds(until)),
        )
        return [_object(row) for row in rows]

    def save(self, kind: str, body: Body) -> None:
        """Store a new object or the new state of a known one, without an event."""
        self._connection.execute(
            "INSERT INTO objects (ref, kind, reference, number, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (ref) DO UPDATE SET body = excluded.body",
            (body["provider_ref"], kind, body["reference"], _microseconds(self._now), json.dumps(body)),
        )

    def queue(self, event_type: str, body: Body, *, delay: timedelta = timedelta(0), copies: int = 1) -> str:
        """Queue an event about an object as it stands and return the event's id."""
        event_id = new_ref("evt")
        created = int(self._now.timestamp())
        content = {"id": event_id, "type": event_type, "created": created, "data": body}
        raw = json.dumps(content, separators=(",", ":")).encode()
        for _ in range(copies):
            self._connection.execute(
                "INSERT INTO events (event_id, type, body, due_at) VALUES (?, ?, ?, ?)",
                (event_id, event_type, raw, (self._now + delay).timestamp()),
            )
        return event_id

    def due_events(self, limit: int) -> list[PendingEvent]:
        """List undelivered events whose time has come, oldest first."""
        rows = self._connection.execute(
            "SELECT number, event_id, type, body FROM events WHERE delivered = 0 AND due_at <= ?"
            " ORDER BY due_at, number LIMIT ?",
            (self._now.timestamp(), limit),
        )
        return [PendingEvent(*row) for row in rows]

    def clear(self) -> None:
        """Remove every object, key and event."""
        for statement in ("DELETE FROM events", "DELETE FROM keys", "DELETE FROM objects"):
            self._connection.execute(statement)

    def mark_delivered(self, number: int) -> None:
        """Take one delivery off the queue."""
        self._connection.execute("UPDATE events SET delivered = 1 WHERE number = ?", (number,))


class SandboxStore:
    """The sandbox's file and the open connections to it; safe for threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._owner = os.getpid()
        self._inherited: list[sqlite3.Connection] = []
        finalize(self, _close_all, self._idle, self._owner)

    @contextmanager
    def writing(self, now: datetime) -> Iterator[SandboxBooks]:
        """Open one transaction that sees and shows nothing half done; rolls back on any exception.

        Raises: GatewayUnavailable when the file can't be written.
        """
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SandboxBooks(connection, now)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self, now: datetime) -> Iterator[SandboxBooks]:
        """Read single rows without waiting for writers. Raises: GatewayUnavailable."""
        with self._connection() as connection:
            yield SandboxBooks(connection, now)

    def close(self) -> None:
        """Close the idle connections; the store opens new ones when used again."""
        with self._lock:
            _close_all(self._idle, self._owner)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._take() or self._open()
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()  # its state is unknown: the next caller gets a fresh one
            raise GatewayUnavailable("the sandbox's books can't be used") from error
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _take(self) -> sqlite3.Connection | None:
        with self._lock:
            if self._owner != os.getpid():
                # A connection must not be used, nor even closed, by the child of the process that opened it.
                self._inherited, self._owner = [*self._idle], os.getpid()
                self._idle.clear()
            return self._idle.pop() if self._idle else None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            # A power cut may lose the newest play money; a killed process loses nothing.
            connection.execute("PRAGMA synchronous = OFF")
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            connection.close()
            raise GatewayUnavailable("the sandbox's books can't be opened") from error
        return connection


def _close_all(connections: list[sqlite3.Connection], owner: int) -> None:
    if owner == os.getpid():
        while connections:
            connections.pop().close()


def new_ref(kind: str) -> str:
    """Make a name for something at the sandbox that can't be guessed."""
    return f"sbx_{kind}_{secrets.token_hex(10)}"


def _object(row: tuple[str]) -> Body:
    body: Body = json.loads(row[0])
    return body


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
