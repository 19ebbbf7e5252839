"""Taking and freeing nights: the primary key of ``booked_nights`` alone decides who gets one."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.statuses import NightKind
from airbnb.models.calendar import BookedNight
from airbnb.queries.changes import matched_rows
from airbnb.queries.quotes import first_taken_of

_INSERT = insert(cast(Table, BookedNight.__table__))


def take_nights(
    session: Session, listing_id: int, *, booking_id: int, nights: Sequence[date], preparation: Sequence[date]
) -> None:
    """Take every night of a stay and of the preparation after it, or none.

    Raises: DatesUnavailable with ``first_taken_night``; the transaction must be given up then.
    Writes: one row per night in ascending order, so that two overlapping stays meet in the same order.
    """
    kinds = [*((night, NightKind.BOOKING) for night in nights), *((n, NightKind.PREPARATION) for n in preparation)]
    rows = [
        {"listing_id": listing_id, "night": night, "kind": kind, "booking_id": booking_id}
        for night, kind in sorted(kinds)
    ]
    try:
        session.execute(_INSERT, rows)
    except IntegrityError as error:
        taken = first_taken_of(session, listing_id, [night for night, _ in kinds])
        if taken is None:
            raise
        raise DatesUnavailable(first_taken_night=taken.isoformat()) from error


def free_nights(session: Session, booking_id: int, *, from_night: date | None = None) -> list[date]:
    """Give back a booking's nights, from one on or all of them, and its preparation; return which."""
    mine = [BookedNight.booking_id == booking_id]
    if from_night is not None:
        mine.append((BookedNight.night >= from_night) | (BookedNight.kind == NightKind.PREPARATION))
    nights = list(session.scalars(select(BookedNight.night).where(*mine).order_by(BookedNight.night)))
    matched_rows(session, delete(BookedNight).where(*mine))
    return nights


def block_nights(session: Session, booking_id: int, *, from_night: date) -> list[date]:
    """Turn a booking's coming nights into the host's blocks and free its preparation; return what became free."""
    preparation = (BookedNight.booking_id == booking_id) & (BookedNight.kind == NightKind.PREPARATION)
    freed = list(session.scalars(select(BookedNight.night).where(preparation).order_by(BookedNight.night)))
    matched_rows(session, delete(BookedNight).where(preparation))
    matched_rows(
        session,
        update(BookedNight)
        .where(BookedNight.booking_id == booking_id, BookedNight.night >= from_night)
        .values(kind=NightKind.BLOCK, booking_id=None),
    )
    return freed


def list_held(session: Session, booking_id: int) -> dict[date, NightKind]:
    """Return the nights that a booking holds in the calendar, each with its kind."""
    rows = session.execute(select(BookedNight.night, BookedNight.kind).where(BookedNight.booking_id == booking_id))
    return {row.night: row.kind for row in rows}


def swap_nights(
    session: Session, listing_id: int, *, booking_id: int, wanted: dict[date, NightKind], held: dict[date, NightKind]
) -> list[date]:
    """Take the nights that a booking wants and does not hold, then let the others go; return which became free.

    Raises: DatesUnavailable with ``first_taken_night``; the transaction must be given up then.
    Writes: new nights in ascending order, so that overlapping swaps meet in the same order.
    """
    rows = [
        {"listing_id": listing_id, "night": night, "kind": kind, "booking_id": booking_id}
        for night, kind in sorted(wanted.items())
        if night not in held
    ]
    try:
        if rows:
            session.execute(_INSERT, rows)
    except IntegrityError as error:
        taken = first_taken_of(session, listing_id, [night for night in wanted if night not in held])
        if taken is None:
            raise
        raise DatesUnavailable(first_taken_night=taken.isoformat()) from error
    mine = (BookedNight.listing_id == listing_id, BookedNight.booking_id == booking_id)
    for kind in (NightKind.BOOKING, NightKind.PREPARATION):
        turned = [night for night, old in held.items() if wanted.get(night, old) is kind and old is not kind]
        if turned:
            matched_rows(session, update(BookedNight).where(*mine, BookedNight.night.in_(turned)).values(kind=kind))
    left = sorted(night for night in held if night not in wanted)
    if left:
        matched_rows(session, delete(BookedNight).where(*mine, BookedNight.night.in_(left)))
    return left
