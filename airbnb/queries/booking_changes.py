"""Changes of agreed stays, the rows that a swap of stays writes, and the candidates of the timer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import ChangeOpen
from airbnb.domain.errors import NotFound
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.pricing import PricedNight, PriceLine
from airbnb.domain.statuses import ChangeStatus
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import BookingLine, BookingNight
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


def list_changes(session: Session, booking_id: int, page: PageRequest) -> Page[BookingChange]:
    """Return one page of what was asked for a booking, newest first."""
    return fetch_page(
        session,
        select(BookingChange).where(BookingChange.booking_id == booking_id),
        [SortKey(BookingChange.created_at), SortKey(BookingChange.id)],
        page,
    )


def get_change(session: Session, booking_id: int, change_id: int) -> BookingChange:
    """Return a change of a booking as it stands now. Raises: NotFound."""
    change = session.scalar(
        select(BookingChange)
        .where(BookingChange.id == change_id, BookingChange.booking_id == booking_id)
        .execution_options(populate_existing=True)
    )
    if change is None:
        raise NotFound()
    return change


def find_change(session: Session, change_id: int) -> BookingChange | None:
    """Return a change as it stands now, or None."""
    return session.scalar(
        select(BookingChange).where(BookingChange.id == change_id).execution_options(populate_existing=True)
    )


def find_open(session: Session, booking_id: int) -> BookingChange | None:
    """Return a booking's open change as it stands now, or None."""
    return session.scalar(
        select(BookingChange)
        .where(BookingChange.open_booking_id == booking_id)
        .execution_options(populate_existing=True)
    )


def list_open(session: Session, booking_ids: Collection[int]) -> Sequence[BookingChange]:
    """Return the open changes of several bookings."""
    return session.scalars(select(BookingChange).where(BookingChange.open_booking_id.in_(booking_ids))).all()


def add_change(session: Session, change: BookingChange) -> None:
    """Add an open change. Raises: ChangeOpen when the booking has one; the transaction must be given up then."""
    session.add(change)
    try:
        session.flush()
    except IntegrityError as error:
        raise ChangeOpen() from error


def list_lapsed_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of open changes whose time is over."""
    return session.scalars(
        select(BookingChange.id)
        .where(BookingChange.status == ChangeStatus.PENDING, BookingChange.expires_at < now)
        .order_by(BookingChange.expires_at, BookingChange.id)
        .limit(limit)
    ).all()


def list_nights(session: Session, booking_id: int) -> Sequence[BookingNight]:
    """Return what a booking's nights cost, ascending."""
    return session.scalars(
        select(BookingNight)
        .where(BookingNight.booking_id == booking_id)
        .order_by(BookingNight.night)
        .execution_options(populate_existing=True)
    ).all()


def replace_price(
    session: Session, booking_id: int, *, lines: Sequence[PriceLine], nights: Sequence[PricedNight]
) -> None:
    """Write a booking's lines and nights anew."""
    matched_rows(session, delete(BookingLine).where(BookingLine.booking_id == booking_id))
    matched_rows(session, delete(BookingNight).where(BookingNight.booking_id == booking_id))
    session.execute(insert(BookingLine), line_rows(booking_id, lines))
    session.execute(insert(BookingNight), night_rows(booking_id, nights))


def line_rows(booking_id: int, lines: Sequence[PriceLine]) -> list[dict[str, Any]]:
    """Return price lines as rows."""
    names = ("kind", "label_key", "quantity", "unit_minor", "amount_minor", "tax_kind", "remitted_by")
    return [
        {"booking_id": booking_id, "position": position, **{name: getattr(line, name) for name in names}}
        for position, line in enumerate(lines)
    ]


def night_rows(booking_id: int, nights: Sequence[PricedNight]) -> list[dict[str, Any]]:
    """Return priced nights as rows."""
    return [
        {
            "booking_id": booking_id,
            "night": night.night,
            "price_minor": night.price_minor,
            "base_price_minor": night.base_minor,
            "discount": night.discount,
        }
        for night in nights
    ]
