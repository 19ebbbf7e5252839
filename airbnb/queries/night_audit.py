"""Comparing the taken nights with what they are taken for; every function returns a sentence per fault."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, RowMapping, Subquery, and_, case, func, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import BookingStatus, NightKind, PendingOn
from airbnb.domain.stays import Stay, nights_begun
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarFeed, CalendarFeedEvent

LIVE = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.COMPLETED)
#: The most that a host may keep free after a stay.
LONGEST_PREPARATION_DAYS = 7


def find_night_faults(session: Session) -> list[str]:
    """Return what is wrong between bookings and the nights that name them, and every two stays that overlap.

    A canceled booking keeps the nights that had begun by then. The primary key refuses one night twice; two live stays
    on the same dates would therefore show as missing nights and as an overlap.
    """
    taken = _taken_by_booking()
    rows = session.execute(
        select(
            Booking.code,
            Booking.listing_id,
            Booking.status,
            Booking.check_in,
            Booking.check_out,
            Booking.time_zone,
            Booking.check_in_minutes,
            Booking.canceled_at,
            func.coalesce(taken.c.inside, 0).label("inside"),
            func.coalesce(taken.c.outside, 0).label("outside"),
            func.coalesce(taken.c.stray_preparation, 0).label("stray_preparation"),
            func.coalesce(taken.c.preparation, 0).label("preparation"),
        )
        .outerjoin(taken, taken.c.booking_id == Booking.id)
        .order_by(Booking.listing_id, Booking.check_in, Booking.id)
        .execution_options(yield_per=1_000)
    ).mappings()
    faults: list[str] = []
    last: RowMapping | None = None
    for row in rows:
        faults += _faults_of(row)
        if row["status"] not in LIVE:
            continue
        if last is not None and last["listing_id"] == row["listing_id"] and row["check_in"] < last["check_out"]:
            faults.append(f"{row['code']} overlaps {last['code']}")
        if last is None or last["listing_id"] != row["listing_id"] or row["check_out"] > last["check_out"]:
            last = row
    return faults


def _taken_by_booking() -> Subquery:
    """Count each booking's nights: of its stay, outside of it, and of its preparation, where and where not due."""
    is_night = BookedNight.kind == NightKind.BOOKING
    in_stay = and_(
        BookedNight.listing_id == Booking.listing_id,
        BookedNight.night >= Booking.check_in,
        BookedNight.night < Booking.check_out,
    )
    after_stay = and_(BookedNight.listing_id == Booking.listing_id, BookedNight.night >= Booking.check_out)
    return (
        select(
            BookedNight.booking_id,
            func.sum(case((and_(is_night, in_stay), 1), else_=0)).label("inside"),
            func.sum(case((and_(is_night, ~in_stay), 1), else_=0)).label("outside"),
            func.sum(case((is_night, 0), else_=1)).label("preparation"),
            func.sum(case((is_night, 0), (after_stay, 0), else_=1)).label("stray_preparation"),
        )
        .join(Booking, Booking.id == BookedNight.booking_id)
        .group_by(BookedNight.booking_id)
        .subquery()
    )


def _faults_of(row: RowMapping) -> Iterator[str]:
    code, status = row["code"], row["status"]
    length, nights = (row["check_out"] - row["check_in"]).days, row["inside"] + row["outside"]
    is_live = status in LIVE
    if is_live and row["inside"] != length:
        yield f"{code} is {status.value} with {row['inside']} of {length} nights"
    if is_live and row["outside"]:
        yield f"{code} holds {row['outside']} nights outside its stay"
    if not is_live and nights > _stayed(row):
        yield f"{code} is {status.value} and still holds {nights} nights"
    if row["preparation"] and not is_live:
        yield f"{code} is {status.value} and still keeps {row['preparation']} nights for preparation"
    if row["stray_preparation"] or row["preparation"] > LONGEST_PREPARATION_DAYS:
        yield f"{code} keeps nights for preparation that do not follow its stay"


def _stayed(row: RowMapping) -> int:
    """Return how many nights of a booking that ended are rightly still taken: those begun when it was canceled."""
    if row["status"] is not BookingStatus.CANCELED or row["canceled_at"] is None:
        return 0
    check_in_time = time(*divmod(row["check_in_minutes"], 60))
    stay = Stay(row["check_in"], row["check_out"])
    return nights_begun(stay, check_in_time, row["time_zone"], row["canceled_at"])


def find_overdue(session: Session, *, due_before: datetime) -> list[str]:
    """Return a sentence for every hold and request that should have lapsed before an instant and did not."""
    holds = select(Booking.code).where(*_overdue(PendingOn.PAYMENT, due_before)).order_by(Booking.id)
    requests = select(Booking.code).where(*_overdue(PendingOn.HOST, due_before)).order_by(Booking.id)
    return [
        *(f"{code} is held although its time is over" for code in session.scalars(holds)),
        *(f"{code} waits for its host although its time is over" for code in session.scalars(requests)),
    ]


def count_overdue_holds(session: Session, *, due_before: datetime) -> int:
    """Return how many unpaid stays keep their nights longer than they were promised."""
    overdue = select(func.count()).select_from(Booking).where(*_overdue(PendingOn.PAYMENT, due_before))
    return session.scalar(overdue) or 0


def _overdue(side: PendingOn, due_before: datetime) -> tuple[ColumnElement[bool], ...]:
    deadline = Booking.hold_expires_at if side is PendingOn.PAYMENT else Booking.respond_by
    return Booking.status == BookingStatus.PENDING, Booking.pending_on == side, deadline < due_before


def find_stray_feed_nights(session: Session, *, first: date) -> list[str]:
    """Return a sentence for every night from ``first`` on that is taken for a feed which does not ask for it."""
    asks = and_(
        CalendarFeedEvent.feed_id == BookedNight.feed_id,
        CalendarFeedEvent.starts_on <= BookedNight.night,
        CalendarFeedEvent.ends_on > BookedNight.night,
    )
    of_listing = and_(CalendarFeed.id == BookedNight.feed_id, CalendarFeed.listing_id == BookedNight.listing_id)
    strays = (
        select(BookedNight.listing_id, BookedNight.night)
        .outerjoin(CalendarFeed, of_listing)
        .where(BookedNight.kind == NightKind.FEED, BookedNight.night >= first)
        .where(CalendarFeed.id.is_(None) | ~select(CalendarFeedEvent.id).where(asks).correlate(BookedNight).exists())
        .order_by(BookedNight.listing_id, BookedNight.night)
    )
    rows = session.execute(strays.execution_options(yield_per=1_000))
    return [f"{night} of listing {listing_id} is taken for no event of a feed" for listing_id, night in rows]


def find_unheeded_feed_events(session: Session, *, first: date, until: date) -> list[str]:
    """Return a sentence for every night of ``[first, until)`` that a feed says is taken and that is free here."""
    events = (
        select(CalendarFeed.listing_id, CalendarFeedEvent.starts_on, CalendarFeedEvent.ends_on)
        .join(CalendarFeed, CalendarFeed.id == CalendarFeedEvent.feed_id)
        .where(CalendarFeedEvent.ends_on > first, CalendarFeedEvent.starts_on < until)
        .order_by(CalendarFeed.listing_id)
    )
    wanted: dict[int, set[date]] = {}
    for listing_id, starts_on, ends_on in session.execute(events):
        begin, end = max(starts_on, first), min(ends_on, until)
        wanted.setdefault(listing_id, set()).update(begin + timedelta(days=n) for n in range((end - begin).days))
    ids, faults = sorted(wanted), list[str]()
    for start in range(0, len(ids), 500):
        faults += _free_ones(session, ids[start : start + 500], wanted, first, until)
    return faults


def _free_ones(
    session: Session, listing_ids: Sequence[int], wanted: dict[int, set[date]], first: date, until: date
) -> list[str]:
    taken = select(BookedNight.listing_id, BookedNight.night).where(
        BookedNight.listing_id.in_(listing_ids), BookedNight.night >= first, BookedNight.night < until
    )
    free = {listing_id: set(wanted[listing_id]) for listing_id in listing_ids}
    for listing_id, night in session.execute(taken):
        free[listing_id].discard(night)
    return [
        f"{night} of listing {listing_id} is free although a feed says that it is taken"
        for listing_id in listing_ids
        for night in sorted(free[listing_id])
    ]
