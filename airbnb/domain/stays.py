"""What a stay is: a half-open span of nights in the listing's time zone, and the instants that follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DEFAULT_CHECK_IN_TIME = time(15, 0)
DEFAULT_CHECK_OUT_TIME = time(11, 0)
#: The place on earth where a day ends last; what is past there is past everywhere.
_LAST_ZONE = timedelta(hours=-12)
_ONE_DAY = timedelta(days=1)


class InvalidStay(ValueError):
    """A stay must have at least one night."""


@dataclass(frozen=True, slots=True, order=True)
class Stay:
    """The nights ``[check_in, check_out)``, as dates of the listing.

    Raises: InvalidStay when there is no night in it.
    Source: docs/rules/calendar.md, "Stays and nights".
    """

    check_in: date
    check_out: date

    def __post_init__(self) -> None:
        if self.check_out <= self.check_in:
            raise InvalidStay("check_out must be after check_in")

    @property
    def length(self) -> int:
        """The number of nights."""
        return (self.check_out - self.check_in).days

    @property
    def nights(self) -> tuple[date, ...]:
        """Every night, in ascending order."""
        return _nights(self.check_in, self.check_out)

    def __contains__(self, night: object) -> bool:
        return isinstance(night, date) and self.check_in <= night < self.check_out

    def overlaps(self, other: "Stay") -> bool:
        """Say whether a night belongs to both; same-day turn-over does not count."""
        return self.check_in < other.check_out and other.check_in < self.check_out

    def with_preparation(self, days: int) -> "Stay":
        """Return the span that must be free: the stay and the preparation nights after it."""
        return Stay(self.check_in, self.check_out + timedelta(days=days))


@lru_cache(maxsize=1024)
def _nights(first: date, until: date) -> tuple[date, ...]:
    """Return the dates ``[first, until)``: a search asks for those of one stay once for every hit and price."""
    return tuple(nights_between(first, until))


def nights_between(first: date, until: date) -> Iterator[date]:
    """Yield the dates ``[first, until)`` in ascending order; none when reversed."""
    night = first
    while night < until:
        yield night
        night += _ONE_DAY


def local_instant(day: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time in an IANA zone.

    A time that the clock skips means the first instant after the gap; a time that comes twice means the first.
    Source: docs/rules/calendar.md, "Instants".
    """
    place = ZoneInfo(zone)
    wall = datetime.combine(day, at, tzinfo=place)
    instant = wall.astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _end_of_gap(wall.replace(fold=1).astimezone(UTC), instant, place)


def _end_of_gap(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Find, to the second, the first instant in ``(before, after]`` with the offset of ``after``."""
    offset = after.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(place).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def check_in_at(stay: Stay, at: time, zone: str) -> datetime:
    """Return T, the instant from which every deadline is counted: check-in date and hour in the listing's zone."""
    return local_instant(stay.check_in, at, zone)


def check_out_at(stay: Stay, at: time, zone: str) -> datetime:
    """Return the instant of check-out: check-out date and hour in the listing's zone."""
    return local_instant(stay.check_out, at, zone)


def days_before_check_in(stay: Stay, at: time, zone: str, days: int) -> datetime:
    """Return the instant ``days`` days before T on the listing's clock.

    The wall clock is counted back, so on a daylight-saving day the UTC instant moves and the rule does not.
    Source: docs/rules/calendar.md, "Instants".
    """
    return local_instant(stay.check_in - timedelta(days=days), at, zone)


def nights_begun(stay: Stay, at: time, zone: str, now: datetime) -> int:
    """Count the nights whose check-in hour has passed in listing time: the "nights stayed".

    At the very instant of the hour the night does not count yet: deadlines are inclusive.
    Source: docs/rules/cancellation.md, "Nights stayed".
    """
    begun = min(max((local_date(now, zone) - stay.check_in).days, 0), stay.length)
    # The date is at most a few hours off the hour: the neighbours settle it.
    while begun < stay.length and local_instant(stay.check_in + begun * _ONE_DAY, at, zone) < now:
        begun += 1
    while begun > 0 and local_instant(stay.check_in + (begun - 1) * _ONE_DAY, at, zone) >= now:
        begun -= 1
    return begun


def local_now(now: datetime, zone: str) -> datetime:
    """Return an instant as the listing's own clock shows it."""
    return now.astimezone(ZoneInfo(zone))


def local_date(now: datetime, zone: str) -> date:
    """Return the date that the listing's own calendar shows at an instant."""
    return local_now(now, zone).date()


def earliest_date_on_earth(now: datetime) -> date:
    """Return the date in UTC-12: an earlier one is past everywhere, which is what search calls past."""
    return (now.astimezone(UTC) + _LAST_ZONE).date()
