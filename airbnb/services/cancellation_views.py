"""What cancelling would give back, as plain values for its schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money
from airbnb.domain.statuses import BookingStatus
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.services.booking_terms import stored_schedule
from airbnb.services.cancellations import refund_now
from airbnb.services.quote_views import schedule_view


def preview_view(booking: Booking, payments: Sequence[Payment], *, side: ActorKind, now: datetime) -> dict[str, Any]:
    """Return what a side's cancelling now gives back; before the confirmation nothing was taken.

    Needs: the booking's lines are loaded.
    """
    currency = booking.currency
    view: dict[str, Any] = {
        "refund": Money(0, currency),
        "lines": [],
        "policy": booking.cancellation_policy,
        "schedule": schedule_view(stored_schedule(booking), currency, booking.time_zone),
    }
    if booking.status is not BookingStatus.CONFIRMED:
        return view
    refund = refund_now(booking, payments, by=side, now=now)
    return view | {
        "refund": Money(refund.refund_minor, currency),
        "lines": [
            {
                "kind": line.kind,
                "label": line.label_key,
                "charged": Money(line.charged_minor, currency),
                "kept": Money(line.kept_minor, currency),
                "refund": Money(line.refund_minor, currency),
            }
            for line in refund.lines
        ],
    }
