"""The swap of one agreed stay for another: nights, price, times, refund schedule and money, all in one transaction.

Source: docs/rules/booking-changes.md, "The swap".
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.causes import Cause
from airbnb.domain.postings import booking_changed
from airbnb.domain.pricing import LineKind
from airbnb.domain.statuses import ChangeStatus
from airbnb.domain.stay_terms import StayTerms, terms_from_dict
from airbnb.domain.stays import Stay
from airbnb.domain.topics import Topic
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.queries import booking_changes as queries
from airbnb.queries import nights as night_queries
from airbnb.queries import payments as payment_queries
from airbnb.queries import quotes as listing_queries
from airbnb.queries.transitions import move, move_booking
from airbnb.services import earnings, ledger, nights, outbox, reminders
from airbnb.services.booking_life import CONFIRMED
from airbnb.services.booking_terms import deferred_fee, promised_schedule
from airbnb.services.bookings import ALL_GUARDS, BookingGuards
from airbnb.services.change_proposals import cap_now, span_of, wanted_nights
from airbnb.services.payment_starts import start_refunds
from airbnb.services.refunds import offset_given


def ensure_nights(session: Session, booking: Booking, stay: Stay, *, guards: BookingGuards = ALL_GUARDS) -> int:
    """Refuse a swap whose nights somebody else has by now; return the listing's days of preparation.

    Locks: the listing, so that the answer stays true until the commit.
    Raises: DatesUnavailable with ``first_taken_night``.
    """
    find = listing_queries.lock_listing if guards.lock_listing else listing_queries.find_listing
    listing = find(session, booking.listing_id)
    days = 0 if listing is None else listing.preparation_days
    held = night_queries.list_held(session, booking.id)
    added = [night for night in wanted_nights(booking, stay, held, days) if night not in held]
    taken = listing_queries.first_taken_of(session, booking.listing_id, added) if guards.check_nights else None
    if taken is not None:
        raise DatesUnavailable(first_taken_night=taken.isoformat())
    return days


def swap_stay(
    session: Session, booking: Booking, change: BookingChange, *, cause: Cause, guards: BookingGuards = ALL_GUARDS
) -> list[int]:
    """Make an agreed change true; return the ids of the calls that send back what the stay costs less.

    Needs: the booking's row is locked, its lines are loaded, and a higher price is paid.
    Locks: the listing.
    Raises: DatesUnavailable when somebody else was quicker; the transaction must be given up then.
    Writes: nights and search, lines, the booking's copies and schedule, ledger, refunds, history, outbox.
    """
    after = terms_from_dict(change.new_terms)
    days = ensure_nights(session, booking, after.stay, guards=guards)
    cap, fee_minor = cap_now(booking, now=cause.at), deferred_fee(booking)
    held, moves = night_queries.list_held(session, booking.id), after.stay.check_in != booking.check_in
    nights.swap(session, booking, wanted_nights(booking, after.stay, held, days))
    queries.replace_price(session, booking.id, lines=after.lines, nights=after.nights)
    _write_terms(session, booking, after, cap=cap, cause=cause)
    if moves:
        reminders.renew_check_in(session, booking, now=cause.at)
    calls = _post_money(session, booking, change, old_fee_minor=fee_minor, now=cause.at)
    earnings.earn_anew(session, booking, change_id=change.id, now=cause.at)
    move(
        session,
        BookingChange,
        change.id,
        old=ChangeStatus.PENDING,
        new=ChangeStatus.ACCEPTED,
        cause=cause,
        waits_for=None,
        open_booking_id=None,
        ended_at=cause.at,
    )
    outbox.record(session, Topic.BOOKING_CHANGED, subject_id=change.id)
    return calls


def _write_terms(session: Session, booking: Booking, after: StayTerms, *, cap: int | None, cause: Cause) -> None:
    move_booking(
        session,
        booking.id,
        old=CONFIRMED,
        new=CONFIRMED,
        cause=Cause(cause.kind, cause.at, cause.actor_id, "changed"),
        refund_cap_ppm=cap,
        **_columns(booking, after),
    )
    session.refresh(booking, ["lines"])
    booking.cancellation_schedule = promised_schedule(booking, confirmed_at=booking.confirmed_at or cause.at)
    session.flush()


def _columns(booking: Booking, after: StayTerms) -> dict[str, Any]:
    span, party, host = span_of(booking, after.stay), after.party, after.host
    return {
        "check_in": after.stay.check_in,
        "check_out": after.stay.check_out,
        "check_in_at": span.check_in_at,
        "check_out_at": span.check_out_at,
        "adults": party.adults,
        "children": party.children,
        "infants": party.infants,
        "pets": party.pets,
        "total_minor": after.total_minor,
        "guest_service_fee_minor": after.amount_of(LineKind.GUEST_SERVICE_FEE),
        "taxes_minor": after.amount_of(LineKind.TAX),
        "taxes_included": [
            {"label_key": tax.label_key, "amount_minor": tax.amount_minor, "remitted_by": tax.remitted_by}
            for tax in after.taxes_included
        ],
        "host_subtotal_minor": host.subtotal_minor,
        "host_service_fee_minor": host.service_fee_minor,
        "host_taxes_minor": host.taxes_minor,
        "host_payout_minor": host.payout_minor,
    }


def _post_money(
    session: Session, booking: Booking, change: BookingChange, *, old_fee_minor: int, now: datetime
) -> list[int]:
    refund_minor = max(0, -change.difference_minor)
    ledger.post(
        session,
        "booking_changed",
        f"change:{change.id}",
        booking_changed(
            booking_id=booking.id,
            fee_minor=deferred_fee(booking) - old_fee_minor,
            refund_minor=refund_minor,
            currency=booking.currency,
        ),
        now=now,
        booking_id=booking.id,
    )
    sent_minor = refund_minor - offset_given(session, booking, refund_minor, source=f"change:{change.id}", now=now)
    payments = payment_queries.list_of_booking(session, booking.id)
    lines = _lines_back(change) if refund_minor else []
    return start_refunds(session, payments, sent_minor, reason="changed", lines=lines, now=now)


def _lines_back(change: BookingChange) -> list[dict[str, Any]]:
    """Return by how much each kind of line became less."""
    before, after = terms_from_dict(change.old_terms), terms_from_dict(change.new_terms)
    less = {kind: before.amount_of(kind) - after.amount_of(kind) for kind in LineKind}
    return [{"kind": kind, "amount_minor": amount} for kind, amount in less.items() if amount]
