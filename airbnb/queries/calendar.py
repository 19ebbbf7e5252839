"""A listing's calendar rows: read for a span in two statements, and written night by night."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, insert, literal, null, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.listing_rules import NightBooked
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing
from airbnb.queries.listings import LIVE
from airbnb.queries.quotes import CalendarFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenNight:
    """Why a night is taken, as its owner may know."""

    kind: NightKind
    booking_id: int | None
    feed_id: int | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRows:
    """A listing with what its calendar says about a span; ``facts`` is what the rules ask for."""

    listing: Listing
    facts: CalendarFacts
    taken: Mapping[date, TakenNight]
    notes: Mapping[date, str]


def get_calendar(
    session: Session, listing_id: int, first: date, until: date, *, viewer_id: int | None, is_staff: bool
) -> CalendarRows:
    """Return a listing's calendar for the nights ``[first, until)``.

    Raises: NotFound for an unpublished listing that is neither the viewer's nor seen by staff.
    """
    listing, seasons = _listing_with_seasons(session, listing_id, first, until)
    if listing.status is not ListingStatus.PUBLISHED and not is_staff and listing.host_id != viewer_id:
        raise NotFound()
    taken: dict[date, TakenNight] = {}
    notes: dict[date, str] = {}
    facts = CalendarFacts(seasons=seasons)
    for row in session.execute(_nights(listing_id, first, until)):
        if row.kind is not None:
            taken[row.night] = TakenNight(
                kind=NightKind(row.kind), booking_id=row.booking_id, feed_id=row.feed_id, note=row.note
            )
            facts.taken[row.night] = NightKind(row.kind)
            continue
        facts.overrides.append(
            CalendarOverride(
                listing_id=listing_id, night=row.night, price_minor=row.price_minor, min_nights=row.min_nights
            )
        )
        if row.note is not None:
            notes[row.night] = row.note
    return CalendarRows(listing=listing, facts=facts, taken=taken, notes=notes)


def _listing_with_seasons(session: Session, listing_id: int, first: date, until: date) -> tuple[Listing, list[Season]]:
    in_span = and_(Season.listing_id == Listing.id, Season.starts_on < until, Season.ends_on > first)
    statement = select(Listing, Season).outerjoin(Season, in_span).where(Listing.id == listing_id)
    rows = session.execute(statement.order_by(Season.starts_on, Season.id)).all()
    if not rows:
        raise NotFound()
    # The outer join gives None where no season meets the span.
    seasons: list[Season | None] = [row[1] for row in rows]
    return rows[0][0], [season for season in seasons if season is not None]


def _nights(listing_id: int, first: date, until: date) -> Select[Any]:
    taken = select(
        BookedNight.night,
        BookedNight.kind.label("kind"),
        BookedNight.booking_id,
        BookedNight.feed_id,
        BookedNight.note,
        literal(None).label("price_minor"),
        literal(None).label("min_nights"),
    ).where(*_within(BookedNight, listing_id, first, until))
    overrides = select(
        CalendarOverride.night,
        null(),
        null(),
        null(),
        CalendarOverride.note,
        CalendarOverride.price_minor,
        CalendarOverride.min_nights,
    ).where(*_within(CalendarOverride, listing_id, first, until))
    rows = union_all(taken, overrides).subquery()
    return select(rows)


def _within(
    model: type[BookedNight] | type[CalendarOverride], listing_id: int, first: date, until: date
) -> tuple[ColumnElement[bool], ...]:
    return model.listing_id == listing_id, model.night >= first, model.night < until


def list_overrides(session: Session, listing_id: int, nights: Collection[date]) -> dict[date, CalendarOverride]:
    """Return the overrides of some nights."""
    statement = select(CalendarOverride).where(
        CalendarOverride.listing_id == listing_id, CalendarOverride.night.in_(nights)
    )
    return {row.night: row for row in session.scalars(statement)}


def taken_kinds(session: Session, listing_id: int, nights: Collection[date]) -> dict[date, NightKind]:
    """Return why nights are taken, for those that are."""
    statement = select(BookedNight.night, BookedNight.kind).where(
        BookedNight.listing_id == listing_id, BookedNight.night.in_(nights)
    )
    return {row.night: row.kind for row in session.execute(statement)}


def add_blocks(session: Session, listing_id: int, nights: Sequence[date]) -> None:
    """Block free nights, in ascending order.

    Raises: NightBooked when one was taken meanwhile; the transaction must be given up then.
    """
    rows = [{"listing_id": listing_id, "night": night, "kind": NightKind.BLOCK} for night in sorted(nights)]
    try:
        if rows:
            session.execute(insert(BookedNight), rows)
    except IntegrityError as error:
        taken = taken_kinds(session, listing_id, nights)
        raise NightBooked(nights=[night.isoformat() for night in sorted(taken)]) from error


def take_over_preparation(session: Session, listing_id: int, nights: Collection[date]) -> None:
    """Turn preparation nights into the host's blocks."""
    mine = (BookedNight.listing_id == listing_id, BookedNight.night.in_(nights))
    session.execute(
        update(BookedNight)
        .where(*mine, BookedNight.kind == NightKind.PREPARATION)
        .values(kind=NightKind.BLOCK, booking_id=None),
        execution_options={"synchronize_session": False},
    )


def remove_blocks(session: Session, listing_id: int, nights: Collection[date]) -> None:
    """Remove the host's blocks from nights; nothing else."""
    mine = (BookedNight.listing_id == listing_id, BookedNight.night.in_(nights))
    session.execute(
        delete(BookedNight).where(*mine, BookedNight.kind == NightKind.BLOCK),
        execution_options={"synchronize_session": False},
    )


def live_check_outs(session: Session, listing_id: int, first: date, until: date) -> dict[date, int]:
    """Return the live bookings that end in ``[first, until)``: check-out to booking id."""
    statement = select(Booking.check_out, Booking.id).where(
        Booking.listing_id == listing_id,
        Booking.status.in_(LIVE),
        Booking.check_out >= first,
        Booking.check_out < until,
    )
    return {row.check_out: row.id for row in session.execute(statement)}


def add_preparation(session: Session, listing_id: int, nights: Iterable[tuple[date, int]]) -> None:
    """Keep free nights for preparation again: pairs of night and booking."""
    rows = [
        {"listing_id": listing_id, "night": night, "kind": NightKind.PREPARATION, "booking_id": booking_id}
        for night, booking_id in sorted(nights)
    ]
    if rows:
        session.execute(insert(BookedNight), rows)
