"""What changes of a booking look like to its sides, as plain values for their schemas."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money
from airbnb.domain.pricing import PriceLine
from airbnb.domain.stay_terms import StayTerms, terms_from_dict
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.services.booking_facts import payments_of_change
from airbnb.services.change_proposals import Proposal, promised_after
from airbnb.services.payment_views import leading_payment, payment_view
from airbnb.services.quote_views import schedule_view


def proposal_view(booking: Booking, proposal: Proposal, *, side: ActorKind, now: datetime) -> dict[str, Any]:
    """Return what a change would be. Needs: the booking's lines are loaded."""
    schedule = promised_after(booking, proposal.after, now=now)
    known = {night.night for night in proposal.before.nights}
    return {
        **_terms(booking, proposal.before, proposal.after, side),
        "nights": [
            {
                "night": night.night,
                "price": Money(night.price_minor, booking.currency),
                "kept": night.night in known,
            }
            for night in proposal.after.nights
        ],
        "cancellation": {
            "policy": booking.cancellation_policy,
            "schedule": schedule_view(schedule, booking.currency, booking.time_zone),
        },
    }


def change_view(
    booking: Booking, change: BookingChange, payments: Sequence[Payment], side: ActorKind
) -> dict[str, Any]:
    """Return a change with its payment; what completes that is for the guest alone."""
    leading = leading_payment(payments_of_change(payments, change))
    view = {
        "id": change.id,
        "booking_id": booking.id,
        "status": change.status,
        "waits_for": change.waits_for,
        "asked_by": change.asked_by,
        **_terms(booking, terms_from_dict(change.old_terms), terms_from_dict(change.new_terms), side),
        "payment": None if leading is None else payment_view(leading, is_payer=side is ActorKind.GUEST),
        "expires_at": change.expires_at,
        "created_at": change.created_at,
        "agreed_at": change.agreed_at,
        "ended_at": change.ended_at,
    }
    return view if change.end_reason is None else {**view, "end_reason": change.end_reason}


def _terms(booking: Booking, before: StayTerms, after: StayTerms, side: ActorKind) -> dict[str, Any]:
    difference_minor = after.total_minor - before.total_minor
    return {
        **_stay(after, booking, side),
        "before": _stay(before, booking, side),
        "difference": Money(difference_minor, booking.currency),
    }


def _stay(terms: StayTerms, booking: Booking, side: ActorKind) -> dict[str, Any]:
    party = terms.party
    view: dict[str, Any] = {
        "check_in": terms.stay.check_in,
        "check_out": terms.stay.check_out,
        "guests": {
            "adults": party.adults,
            "children": party.children,
            "infants": party.infants,
            "pets": party.pets,
        },
        "lines": [_line(line, booking.currency) for line in terms.lines],
        "total": Money(terms.total_minor, booking.currency),
    }
    if side is not ActorKind.GUEST:
        view["host_payout"] = Money(terms.host.payout_minor, booking.listing_currency)
    return view


def _line(line: PriceLine, currency: str) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": line.label_key,
        "quantity": line.quantity,
        "unit": None if line.unit_minor is None else Money(line.unit_minor, currency),
        "amount": Money(line.amount_minor, currency),
    }
