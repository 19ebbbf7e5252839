"""The one place that changes a status: compare-and-set, then a row of history."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Table, Update, bindparam, insert, inspect, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.ids import new_id
from airbnb.domain.statuses import BookingStatus, PendingOn, ensure_booking_step, ensure_transition
from airbnb.extensions import Base
from airbnb.last_rows import write_at_end
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.users import User
from airbnb.queries.identity_cache import note_change

#: A booking's status together with whom it waits for.
Step = tuple[BookingStatus, PendingOn | None]
#: The columns that say where a row stands, with their values.
Standing = dict[str, StrEnum | None]
_HISTORY = cast(Table, StatusChange.__table__)
_INSERT_CHANGE = insert(_HISTORY)


def move(
    session: Session,
    model: type[Base],
    row_id: int,
    *,
    old: StrEnum | Collection[StrEnum],
    new: StrEnum,
    cause: Cause,
    **columns: Any,
) -> None:
    """Move one row from ``old`` (or any of several) to ``new`` and set ``columns`` with it.

    Raises: InvalidTransition when the table of moves forbids it, or the row stands elsewhere by now.
    Writes: the row by one UPDATE, with its version and ``updated_at``, and one row of history. A copy of the row
        that the session holds is brought up to date without a query.
    """
    olds = [old] if isinstance(old, StrEnum) else list(old)
    for one in olds:
        ensure_transition(one, new)
    _move(session, (model, row_id), [{"status": one} for one in olds], {"status": new, **columns}, cause)


def move_booking(
    session: Session, booking_id: int, *, old: Step | Collection[Step], new: Step, cause: Cause, **columns: Any
) -> None:
    """Move one booking between steps, that is pairs of ``(status, pending_on)``; else like ``move``.

    Raises: InvalidTransition.
    Writes: as ``move``; ``pending_on`` is set along with the status.
    """
    steps = cast(list[Step], [old] if isinstance(old, tuple) and isinstance(old[0], BookingStatus) else list(old))
    for step in steps:
        ensure_booking_step(step, new)
    _move(session, (Booking, booking_id), [_standing(step) for step in steps], {**_standing(new), **columns}, cause)


def record_start(session: Session, row: Base, *, cause: Cause) -> None:
    """Write the first row of a new object's history, with the commit. Needs: the object has its id and status."""
    subject = cast(Any, row)
    write_at_end(session, _HISTORY, _history_row((type(row), subject.id), None, subject.status, cause))


def record_starts(session: Session, model: type[Base], starts: Mapping[int, StrEnum], *, cause: Cause) -> None:
    """Write the first row of many new objects' histories, in one statement. Shape: ``starts`` is id -> status."""
    rows = [_history_row((model, row_id), None, status, cause) for row_id, status in starts.items()]
    if rows:
        session.execute(_INSERT_CHANGE, rows)


def _standing(step: Step) -> Standing:
    return {"status": step[0], "pending_on": step[1]}


def _move(
    session: Session, subject: tuple[type[Base], int], olds: list[Standing], values: Mapping[str, Any], cause: Cause
) -> None:
    session.flush()  # what the session still holds back belongs before the move
    old = olds[0] if len(olds) == 1 else _read_standing(session, subject, olds[0])
    if old not in olds or not _swap(session, subject, old, values, cause):
        present = _read_standing(session, subject, olds[0])
        raise InvalidTransition(**{"from": present and present["status"], "to": values["status"]})
    assert old is not None
    if subject[0] is User:
        note_change(session, subject[1])
    _write_history(session, subject, old["status"], values["status"], cause)


def _read_standing(session: Session, subject: tuple[type[Base], int], like: Standing) -> Standing | None:
    """Return the columns of ``like`` as the database has them now; the row stays locked where locks exist."""
    model, row_id = subject
    table = cast(Table, model.__table__)
    row = session.execute(select(*(table.c[name] for name in like)).where(table.c.id == row_id).with_for_update())
    found = row.mappings().one_or_none()
    return None if found is None else dict(found)


def _swap(
    session: Session, subject: tuple[type[Base], int], old: Standing, values: Mapping[str, Any], cause: Cause
) -> bool:
    """Write ``values`` if the row still stands at ``old``; say whether it did."""
    model, row_id = subject
    table = cast(Table, model.__table__)
    changes = dict(values)
    if "updated_at" in table.c:
        changes["updated_at"] = cause.at
    is_null = tuple(name for name, value in old.items() if value is None)
    statement = _swap_statement(table, tuple(old), is_null)
    stood = {f"stood_{name}": value for name, value in old.items() if value is not None}
    result = session.execute(statement, {"moved_id": row_id, **stood, **changes})
    if cast("CursorResult[Any]", result).rowcount != 1:
        return False
    _refresh_loaded(session, subject, changes)
    return True


@cache
def _swap_statement(table: Table, standing: Sequence[str], is_null: Sequence[str]) -> Update:
    """The UPDATE of rows that stand at some columns; what it is executed with names the columns that it sets."""
    still_there = [
        table.c[name].is_(None) if name in is_null else table.c[name] == bindparam(f"stood_{name}") for name in standing
    ]
    statement = update(table).where(table.c.id == bindparam("moved_id"), *still_there)
    return statement.values(version=table.c.version + 1) if "version" in table.c else statement


def _refresh_loaded(session: Session, subject: tuple[type[Base], int], changes: Mapping[str, Any]) -> None:
    """Bring the session's copy of the row up to date, version included, so that it can be dumped and flushed."""
    loaded = session.identity_map.get(identity_key(*subject))
    if loaded is None:
        return
    version = inspect(loaded).dict.get("version")
    for name, value in changes.items():
        set_committed_value(loaded, name, value)
    if version is not None:
        set_committed_value(loaded, "version", version + 1)


def _write_history(
    session: Session, subject: tuple[type[Base], int], old: StrEnum | None, new: StrEnum, cause: Cause
) -> None:
    write_at_end(session, _HISTORY, _history_row(subject, old, new, cause))


def _history_row(subject: tuple[type[Base], int], old: StrEnum | None, new: StrEnum, cause: Cause) -> dict[str, Any]:
    model, row_id = subject
    return {
        "id": new_id(),
        "subject_type": cast(Table, model.__table__).name,
        "subject_id": row_id,
        "old": old,
        "new": new,
        "actor_id": cause.actor_id,
        "actor_kind": cause.kind,
        "reason": cause.reason,
        "at": cause.at,
    }
