"""What a host pays for cancelling on a guest.

Source: docs/rules/cancellation.md, "The host's penalty".
"""

from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.cancellation.money import BookingMoney
from airbnb.domain.cancellation.refunds import BookingTimes
from airbnb.domain.money import apply_bps

#: The limits in US dollars' worth; the caller converts them to the booking's currency.
MIN_USD_MINOR = 50_00
MAX_USD_MINOR = 1_000_00
#: (days before T, basis points), the milder first; at exactly so many days the milder one holds.
PENALTY_BANDS = ((30, 1_000), (2, 2_500))
LATE_PENALTY_BPS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyLimits:
    """The least and the most, in minor units of the booking's currency."""

    min_minor: int
    max_minor: int


def host_penalty(money: BookingMoney, times: BookingTimes, *, now: datetime, limits: PenaltyLimits) -> int:
    """Return the debit on the host's coming payouts: a share of the host subtotal of the nights not stayed.

    Nothing is owed when no night is left to be missed.
    Units: minor units.
    Source: docs/rules/cancellation.md, "The host's penalty".
    """
    base_minor = money.host_subtotal_minor - money.pool_of(times.nights_begun(now))
    if base_minor == 0:
        return 0
    bps = next((share for days, share in PENALTY_BANDS if now <= times.days_before(days)), LATE_PENALTY_BPS)
    return max(limits.min_minor, min(limits.max_minor, apply_bps(base_minor, bps)))
