"""What a host earns by a booking: posted in the book, and noted as an item of a coming payout.

Earnings are posted at check-out, or at T where payouts are anchored there; what becomes of the stay after that, an
agreed change included, is settled against what was posted.
Source: docs/rules/payouts.md.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from airbnb.domain.cancellation import Refund, kept_whole
from airbnb.domain.kinds import PayoutItemKind
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.payout_rules import PayoutAnchor, due_at
from airbnb.domain.postings import Division, Entry, combined, earnings_taken_back, money_divided, reversal
from airbnb.domain.statuses import BookingStatus
from airbnb.extensions import current_settings
from airbnb.models.bookings import Booking
from airbnb.models.payouts import PayoutItem
from airbnb.queries import bookings as queries
from airbnb.queries import ledger as ledger_queries
from airbnb.services import ledger
from airbnb.services.booking_terms import deferred_fee, money_of, to_guest_currency

EARNED = "booking_earned"


class Event(NamedTuple):
    """What settles a booking's money: its name in the book, that of the host's item, and when an earning is due.

    ``source`` makes the event one of its kind in the book.
    """

    kind: str
    item: str
    due_at: datetime
    source: str


def earn(session: Session, booking_id: int, *, now: datetime) -> bool:
    """Post what a stay earns once T has passed, where payouts are anchored at check-in; whether this call did it.

    Idempotent.
    """
    booking = queries.lock_booking(session, booking_id)
    is_due = PayoutAnchor(current_settings().payout_anchor) is PayoutAnchor.CHECK_IN and now >= booking.check_in_at
    if booking.status is not BookingStatus.CONFIRMED or not is_due:
        return False
    if ledger_queries.has_transaction(session, EARNED, f"booking:{booking.id}"):
        return False
    event = Event(EARNED, "stay", stay_due_at(booking), f"booking:{booking.id}")
    settle(session, booking, whole_division(booking), event, now=now)
    return True


def earn_anew(session: Session, booking: Booking, *, change_id: int, now: datetime) -> None:
    """Settle what an agreed change of a stay leaves its host, if its earnings were posted before.

    Needs: the changed stay's lines are loaded.
    """
    if ledger_queries.has_transaction(session, EARNED, f"booking:{booking.id}"):
        source = f"change:{change_id}"
        settle(session, booking, whole_division(booking), Event(EARNED, source, stay_due_at(booking), source), now=now)


def settle(session: Session, booking: Booking, division: Division, event: Event, *, now: datetime) -> None:
    """Divide a booking's money in the book, and note what the host is still to be paid of it, or owes of it.

    What was posted since T is undone by the same posting; earnings that were too much then are owed by the host, and
    netted from coming payouts.
    """
    posted = [_as_earned(entry) for entry in ledger_queries.list_entries(session, EARNED, booking_id=booking.id)]
    earned_minor = -sum(entry.amount_minor for entry in posted if entry.account == Account.HOST_PAYABLE)
    entries = [*money_divided(division), *reversal(posted)]
    difference_minor = division.host_payout_minor - earned_minor
    if difference_minor < 0:
        entries += earnings_taken_back(
            booking_id=booking.id,
            host_id=booking.host_id,
            amount_minor=-difference_minor,
            currency=division.host_currency,
        )
    ledger.post(session, event.kind, event.source, combined(entries), now=now, booking_id=booking.id)
    note_item(session, booking, difference_minor, event.item, due=event.due_at if difference_minor > 0 else now)


def _as_earned(entry: Entry) -> Entry:
    """What the host owes of an earlier settlement counts as not earned: only the difference is settled again."""
    return replace(entry, account=Account.HOST_PAYABLE) if entry.account == Account.HOST_RECEIVABLE else entry


def whole_division(booking: Booking) -> Division:
    """Return how a stay's money is divided that took place as it was booked."""
    whole = kept_whole(money_of(booking))
    return division_of(booking, whole, booking.host_payout_minor, booking.host_service_fee_minor)


def division_of(booking: Booking, outcome: Refund, host_payout_minor: int, host_fee_minor: int) -> Division:
    """Return how a booking's money is divided between everybody.

    Units: the last two in the listing's currency; ``outcome`` in the guest's.
    """
    is_foreign = booking.currency != booking.listing_currency
    return Division(
        booking_id=booking.id,
        host_id=booking.host_id,
        currency=booking.currency,
        host_currency=booking.listing_currency,
        charged_minor=booking.total_minor,
        guest_fee_minor=deferred_fee(booking),
        fee_kept_minor=outcome.guest_service_fee_kept_minor,
        host_fee_minor=host_fee_minor,
        host_payout_minor=host_payout_minor,
        taxes_minor=outcome.platform_taxes_minor,
        # What is owed; what of it went back before is taken off by ``refunds.offset_given``.
        refund_minor=outcome.due_minor,
        coupon_minor=outcome.coupon_expense_minor,
        exchanged_minor=to_guest_currency(booking, host_payout_minor + host_fee_minor) if is_foreign else None,
    )


def stay_due_at(booking: Booking) -> datetime:
    """Return when the earnings of a stay that takes place are due."""
    settings = current_settings()
    return due_at(
        check_in_at=booking.check_in_at,
        check_out_at=booking.check_out_at,
        anchor=PayoutAnchor(settings.payout_anchor),
        delay=settings.payout_delay,
    )


def note_item(session: Session, booking: Booking, amount_minor: int, source: str, *, due: datetime) -> None:
    """Note an earning above zero or a debit below; nothing is noted for nothing."""
    if amount_minor == 0:
        return
    session.add(
        PayoutItem(
            host_id=booking.host_id,
            booking_id=booking.id,
            kind=PayoutItemKind.EARNING if amount_minor > 0 else PayoutItemKind.DEBIT,
            source=source,
            currency=booking.listing_currency,
            amount_minor=amount_minor,
            due_at=due,
        )
    )
    session.flush()
