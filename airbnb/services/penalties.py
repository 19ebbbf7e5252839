"""What a host owes for cancelling on a guest, and letting them off it.

Source: docs/rules/cancellation.md, "The host's penalty".
"""

from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from airbnb.domain.cancellation import PenaltyLimits, host_penalty
from airbnb.domain.cancellation.penalties import MAX_USD_MINOR, MIN_USD_MINOR
from airbnb.domain.causes import Cause
from airbnb.domain.currencies import exponent
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import PayoutItemKind
from airbnb.domain.money import half_up
from airbnb.domain.postings import host_penalty as entries
from airbnb.domain.postings import penalty_waived
from airbnb.models.bookings import Booking
from airbnb.models.payouts import PayoutItem
from airbnb.queries import exchange_rates
from airbnb.queries.payouts import list_items_from
from airbnb.services import ledger
from airbnb.services.audit import record_action
from airbnb.services.booking_terms import host_money_of, times_of

PENALTY = "penalty"
WAIVED = "penalty_waived"
#: The limits of penalties are in US dollars' worth.
PENALTY_CURRENCY = "USD"


def find_penalty(session: Session, booking_id: int) -> PayoutItem | None:
    """Return what a host was charged for cancelling a booking and was not let off, or None."""
    found = {item.source: item for item in list_items_from(session, booking_id, (PENALTY, WAIVED))}
    return None if WAIVED in found else found.get(PENALTY)


def waive_penalty(session: Session, booking_id: int, *, cause: Cause) -> None:
    """Give a host back what cancelling cost them; what was netted already comes with the next payout.

    Raises: InvalidTransition when there is nothing to waive (any more).
    Writes: an earning of the host's, the ledger, the audit log.
    """
    penalty = find_penalty(session, booking_id)
    if penalty is None:
        raise InvalidTransition()
    amount_minor = -penalty.amount_minor
    session.add(
        PayoutItem(
            host_id=penalty.host_id,
            booking_id=booking_id,
            kind=PayoutItemKind.EARNING,
            source=WAIVED,
            currency=penalty.currency,
            amount_minor=amount_minor,
            due_at=cause.at,
        )
    )
    session.flush()
    postings = penalty_waived(
        booking_id=booking_id, host_id=penalty.host_id, amount_minor=amount_minor, currency=penalty.currency
    )
    ledger.post(session, WAIVED, f"booking:{booking_id}", postings, now=cause.at, booking_id=booking_id)
    changes = {"penalty_minor": (amount_minor, 0)}
    record_action(session, "waive_penalty", Booking, booking_id, cause=cause, changes=changes)


def charge_penalty(session: Session, booking: Booking, *, now: datetime) -> None:
    """Let a host who canceled on a guest owe a penalty, which coming payouts pay; nothing when no night is left.

    Writes: a debit of the host's, the ledger.
    """
    times = times_of(booking, confirmed_at=booking.confirmed_at or now)
    limits = _penalty_limits(session, booking.listing_currency)
    amount_minor = host_penalty(host_money_of(booking), times, now=now, limits=limits)
    if amount_minor <= 0:
        return
    session.add(
        PayoutItem(
            host_id=booking.host_id,
            booking_id=booking.id,
            kind=PayoutItemKind.DEBIT,
            source=PENALTY,
            currency=booking.listing_currency,
            amount_minor=-amount_minor,
            due_at=now,
        )
    )
    session.flush()
    ledger.post(
        session,
        "host_penalty",
        f"booking:{booking.id}",
        entries(
            booking_id=booking.id,
            host_id=booking.host_id,
            amount_minor=amount_minor,
            currency=booking.listing_currency,
        ),
        now=now,
        booking_id=booking.id,
    )


def _penalty_limits(session: Session, currency: str) -> PenaltyLimits:
    """Return the least and the most penalty in a currency; without a rate, dollars are taken one to one."""
    rate = exchange_rates.rate_between(exchange_rates.latest_rates(session), PENALTY_CURRENCY, currency) or Fraction(1)
    scale = rate * Fraction(10) ** (exponent(currency) - exponent(PENALTY_CURRENCY))

    def converted(amount_minor: int) -> int:
        exact = scale * amount_minor
        return half_up(exact.numerator, exact.denominator)

    return PenaltyLimits(min_minor=converted(MIN_USD_MINOR), max_minor=converted(MAX_USD_MINOR))
