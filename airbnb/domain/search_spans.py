"""Nights whose price or shortest stay differs from the listing's own, packed into spans of days for search.

A day's number counts from Monday, 1 January of year 1, so that ``number % 7`` is its weekday.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from airbnb.domain.pricing.nights import WEEKEND_NIGHTS
from airbnb.domain.stays import nights_between

#: A span ends with its month, so that a search knows how far back one that touches a stay may begin.
MOST_DAYS = 31
#: Nine bits hold a shortest stay of up to 511 nights, and seven of them a positive BIGINT.
WEEKDAY_BITS = 9
WEEKDAY_MASK = (1 << WEEKDAY_BITS) - 1


@dataclass(frozen=True, slots=True)
class DatedNight:
    """What one night has of its own; None is no difference."""

    price_minor: int | None = None
    min_nights: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRule:
    """What a season says of the nights ``[first, until)``, in minor units."""

    first: date
    until: date
    nightly_minor: int
    weekend_minor: int | None = None
    min_nights: int | None = None


@dataclass(slots=True)
class Span:
    """The days ``[first, until)``: what a night costs more than usual, and its shortest stay if it has one.

    Units: ``extra_`` in minor units of the settlement currency, may be negative.
    """

    first: int
    until: int
    extra_weekday: int
    extra_weekend: int
    min_nights: int | None


def day_number(day: date) -> int:
    """Number the days through; Mondays are multiples of seven."""
    return day.toordinal() - 1


def is_weekend(day: date) -> bool:
    """Whether the night of this date has the weekend price."""
    return day.weekday() in WEEKEND_NIGHTS


def dated_nights(
    overrides: Mapping[date, DatedNight], seasons: Sequence[SeasonRule], window: tuple[date, date]
) -> dict[date, DatedNight]:
    """Return the nights within ``window`` that an override or a season changes, ascending.

    For the price the override holds, else the first season; for the shortest stay the override, else the first
    season that has one.
    Source: docs/rules/prices.md, "Price of a night"; docs/rules/calendar.md, "Least nights".
    """
    first, until = window
    found: dict[date, DatedNight] = {}
    for season in seasons:
        for night in nights_between(max(first, season.first), min(until, season.until)):
            before = found.get(night, DatedNight())
            price = season.nightly_minor
            if season.weekend_minor is not None and is_weekend(night):
                price = season.weekend_minor
            found[night] = DatedNight(
                price if before.price_minor is None else before.price_minor,
                season.min_nights if before.min_nights is None else before.min_nights,
            )
    for night, override in overrides.items():
        if first <= night < until and (override.price_minor is not None or override.min_nights is not None):
            before = found.get(night, DatedNight())
            found[night] = DatedNight(
                before.price_minor if override.price_minor is None else override.price_minor,
                before.min_nights if override.min_nights is None else override.min_nights,
            )
    return dict(sorted(found.items()))


def pack_spans(extras: Iterable[tuple[date, int, int | None]]) -> list[Span]:
    """Join neighbouring nights that say the same; weekdays and weekend nights each for themselves.

    Shape: ``extras`` are (night, what it costs more than usual, shortest stay), ascending.
    """
    spans: list[Span] = []
    known: set[bool] = set()
    for night, extra, min_nights in extras:
        weekend, day = is_weekend(night), day_number(night)
        last = spans[-1] if spans else None
        if last is None or not _goes_on(last, known, night, extra, min_nights):
            spans.append(Span(day, day + 1, 0, 0, min_nights))
            known = set()
        else:
            last.until = day + 1
        known.add(weekend)
        if weekend:
            spans[-1].extra_weekend = extra
        else:
            spans[-1].extra_weekday = extra
    return spans


def _goes_on(last: Span, known: set[bool], night: date, extra: int, min_nights: int | None) -> bool:
    weekend = is_weekend(night)
    same = extra == (last.extra_weekend if weekend else last.extra_weekday)
    follows = day_number(night) == last.until and night.day != 1
    return follows and min_nights == last.min_nights and (same or weekend not in known)


def month_bits(spans: Iterable[Span], slots: int) -> int:
    """Return the months that have a span, a bit for each absolute month modulo ``slots``."""
    bits = 0
    for span in spans:
        day = date.min + timedelta(days=span.first)
        bits |= 1 << (day.year * 12 + day.month - 1) % slots
    return bits


def pack_weekdays(least: int, by_weekday: Mapping[int, int]) -> int:
    """Pack the shortest stay of each weekday of check-in, Monday in the lowest bits; 511 stands for longer, too."""
    nights = (min(by_weekday.get(weekday, least), WEEKDAY_MASK) for weekday in range(7))
    return sum(least_there << WEEKDAY_BITS * weekday for weekday, least_there in enumerate(nights))
