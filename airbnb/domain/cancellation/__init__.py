"""What a cancellation gives back: policies as data, refunds line by line, the schedule, the host's penalty."""

from airbnb.domain.cancellation.money import BookedTax, BookingMoney, booking_money, quote_money
from airbnb.domain.cancellation.penalties import PenaltyLimits, host_penalty
from airbnb.domain.cancellation.policies import (
    LONG_STAY_NIGHTS,
    POLICY_VERSION,
    Band,
    CancellationPolicy,
    Grace,
    Keep,
    PolicyTerms,
    policy_for,
    policy_terms,
)
from airbnb.domain.cancellation.refunds import (
    BookingTimes,
    Refund,
    RefundLine,
    kept_whole,
    refund_as_chosen,
    refund_for,
)
from airbnb.domain.cancellation.schedule import ScheduleEntry, refund_schedule

__all__ = [
    "LONG_STAY_NIGHTS",
    "POLICY_VERSION",
    "Band",
    "BookedTax",
    "BookingMoney",
    "BookingTimes",
    "CancellationPolicy",
    "Grace",
    "Keep",
    "PenaltyLimits",
    "PolicyTerms",
    "Refund",
    "RefundLine",
    "ScheduleEntry",
    "booking_money",
    "host_penalty",
    "kept_whole",
    "policy_for",
    "policy_terms",
    "quote_money",
    "refund_as_chosen",
    "refund_for",
    "refund_schedule",
]
