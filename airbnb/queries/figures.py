"""Counting figures from the rows they stand for, by ranges of indexes, and reading those that are kept."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from airbnb.domain.figures import NO_CURRENCY, Figure
from airbnb.domain.ids import first_id_at
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.statuses import BookingStatus, ListingStatus
from airbnb.models.bookings import Booking
from airbnb.models.figures import DailyFigure
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.listings import Listing
from airbnb.models.users import User

#: No stay is longer; those that began earlier are over.
LONGEST_STAY = timedelta(days=731)
#: Processes' clocks differ.
SLACK = timedelta(days=1)
STAYS = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)

Key = tuple[date, Figure, str]


def list_figures(session: Session, first: date, last: date) -> Sequence[DailyFigure]:
    """Return what is kept for a span of days, both ends included."""
    return session.scalars(select(DailyFigure).where(DailyFigure.day.between(first, last))).all()


def first_day(session: Session) -> date | None:
    """Return the day on which anything was there first, or None."""
    made = session.scalar(select(User.created_at).order_by(User.id).limit(1))
    return None if made is None else made.date()


def count_figures(session: Session, first: date, last: date) -> dict[Key, int]:
    """Return every figure of a span of days, both ends included, as its rows say; zeros are left out."""
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    found: dict[Key, int] = {}
    for figure, statement in _statements(since, until):
        for day, currency, value in session.execute(statement):
            if value:
                found[_day(day), figure, currency] = int(value)
    for day, nights in _nights(session, first, last):
        found[day, Figure.NIGHTS, NO_CURRENCY] = nights
    for day, places in _places(session, first, last):
        found[day, Figure.PLACES, NO_CURRENCY] = places
    return found


def _statements(since: datetime, until: datetime) -> Iterator[tuple[Figure, Select[Any]]]:
    confirmed, canceled = Booking.confirmed_at, Booking.canceled_at
    yield Figure.BOOKINGS, _by_day(confirmed, None, func.count()).where(confirmed >= since, confirmed < until)
    gross = _by_day(confirmed, Booking.currency, func.sum(Booking.total_minor))
    yield Figure.GROSS, gross.where(confirmed >= since, confirmed < until)
    ended = _by_day(canceled, None, func.count()).where(canceled >= since, canceled < until)
    # A request that never came to be a stay is not counted among the stays that did not happen.
    yield Figure.CANCELLATIONS, ended.where(confirmed.is_not(None))
    occurred = LedgerTransaction.occurred_at
    revenue = (
        _by_day(occurred, LedgerEntry.currency, -func.sum(LedgerEntry.amount_minor))
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(occurred >= since, occurred < until, LedgerEntry.account == Account.SERVICE_FEE_REVENUE.value)
    )
    yield Figure.REVENUE, revenue
    for figure, model in ((Figure.USERS, User), (Figure.LISTINGS, Listing)):
        made = model.created_at
        # No index of its own is needed: ids never lag behind the clock.
        ids = model.id >= first_id_at(since - SLACK)
        yield figure, _by_day(made, None, func.count()).where(ids, made >= since, made < until)


def _by_day(instant: Any, currency: Any, value: Any) -> Select[Any]:
    day = func.date(instant)
    if currency is None:
        return select(day, func.max(NO_CURRENCY), value).group_by(day)
    return select(day, currency, value).group_by(day, currency)


def _nights(session: Session, first: date, last: date) -> Iterator[tuple[date, int]]:
    """Yield how many places are slept in, by night; stays are counted by their ends, which are few."""
    rows = session.execute(
        select(Booking.check_in, Booking.check_out, func.count())
        .where(Booking.check_in.between(first - LONGEST_STAY, last), Booking.check_out > first)
        .where(Booking.status.in_(STAYS))
        .group_by(Booking.check_in, Booking.check_out)
    ).all()
    day = first
    while day <= last:
        nights = sum(count for begins, ends, count in rows if begins <= day < ends)
        if nights:
            yield day, nights
        day += timedelta(days=1)


def _places(session: Session, first: date, last: date) -> Iterator[tuple[date, int]]:
    """Yield how many of the places that are open now were open by each day."""
    published = func.date(Listing.published_at)
    rows = session.execute(
        select(published, func.count()).where(Listing.status == ListingStatus.PUBLISHED).group_by(published)
    ).all()
    opened = [(_day(day), count) for day, count in rows if day is not None]
    day = first
    while day <= last:
        places = sum(count for begins, count in opened if begins <= day)
        if places:
            yield day, places
        day += timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(value: Any) -> date:
    """Return a day as MySQL answers it, or SQLite's text of one."""
    return value if isinstance(value, date) else date.fromisoformat(value)
