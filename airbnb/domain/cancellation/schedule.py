"""The promise made at booking: until which instant a cancellation gives back how much.

Source: docs/rules/cancellation.md, "The refund schedule".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.cancellation.money import BookingMoney
from airbnb.domain.cancellation.policies import EVERYTHING, Grace, PolicyTerms
from airbnb.domain.cancellation.refunds import BookingTimes, grace_ends_at, refund_for
from airbnb.domain.stays import local_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """Cancelling up to ``until`` (a UTC instant, inclusive) gives back ``refund_minor``."""

    until: datetime
    refund_minor: int


def refund_schedule(
    money: BookingMoney, terms: PolicyTerms, times: BookingTimes, *, grace: Grace | None = None
) -> tuple[ScheduleEntry, ...]:
    """Return what the guest's cancelling gives back over time, from B on; after the last entry it is nothing.

    Each entry holds from the one before it (exclusive) to its own instant (inclusive), and equals what ``refund_for``
    answers anywhere in between.
    Units: minor units; UTC instants.
    Source: docs/rules/cancellation.md, "The refund schedule".
    """
    chosen = grace or Grace()
    entries: list[ScheduleEntry] = []
    for until in sorted({instant for instant in _turns(terms, times, chosen) if instant >= times.confirmed_at}):
        refund_minor = refund_for(money, terms, times, now=until, grace=chosen).refund_minor
        if entries and entries[-1].refund_minor == refund_minor:
            entries.pop()
        entries.append(ScheduleEntry(until=until, refund_minor=refund_minor))
    if len(entries) > 1 and entries[-1].refund_minor == 0:
        entries.pop()
    return tuple(entries)


def _turns(terms: PolicyTerms, times: BookingTimes, grace: Grace) -> Iterator[datetime]:
    """Yield every instant after which the refund may be another one."""
    end = grace_ends_at(terms, times, grace)
    if end is not None:
        yield end
    for band in terms.bands:
        yield times.days_before(band.days_before)
    if terms.after == EVERYTHING:
        return
    for night in times.stay.nights:
        yield local_instant(night, times.check_in_time, times.zone)
