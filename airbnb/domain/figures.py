"""What the dashboard's charts count, a day at a time.

Source: docs/rules/figures.md.
"""

from datetime import date, timedelta
from enum import StrEnum

#: The code of ISO 4217 for no currency: what is counted in pieces.
NO_CURRENCY = "XXX"


class Figure(StrEnum):
    """One thing that is counted by day, in UTC."""

    BOOKINGS = "bookings"
    GROSS = "gross"
    CANCELLATIONS = "cancellations"
    REVENUE = "revenue"
    NIGHTS = "nights"
    PLACES = "places"  # open on the day: added up, the nights that could be slept in
    USERS = "users"
    LISTINGS = "listings"
    SEARCHES = "searches"
    QUOTES = "quotes"


#: These leave no rows behind to be counted again.
COUNTED_AS_THEY_HAPPEN = frozenset({Figure.SEARCHES, Figure.QUOTES})


class Unit(StrEnum):
    """What one point of a chart stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def beginning_of(day: date, unit: Unit) -> date:
    """Return the first day of the day's week, which begins on Monday, or month."""
    if unit is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit is Unit.MONTH else day


def end_of(beginning: date, unit: Unit) -> date:
    """Return the day after a unit that begins on ``beginning``."""
    if unit is Unit.MONTH:
        return (beginning.replace(day=28) + timedelta(days=4)).replace(day=1)
    return beginning + timedelta(days=7 if unit is Unit.WEEK else 1)


def months_of(first: date, last: date) -> list[tuple[date, date]]:
    """Return a span of days cut at the beginnings of months; both ends belong to their piece."""
    pieces = []
    while first <= last:
        end = min(end_of(beginning_of(first, Unit.MONTH), Unit.MONTH) - timedelta(days=1), last)
        pieces.append((first, end))
        first = end + timedelta(days=1)
    return pieces
