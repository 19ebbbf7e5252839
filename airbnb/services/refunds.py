"""What staff give back of a booking line by line, who bears it, and what a later division takes of it into account.

A refund by staff stands beside the division of a booking's money: it changes neither what the host earns nor what a
cancellation gives back, but is borne by those whose part it was. The host's part is a debit of coming payouts.
Source: docs/rules/refunds.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import Money
from airbnb.domain.postings import Entry
from airbnb.domain.pricing import LineKind
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.refund_postings import refund_covered, refund_given, refund_offset
from airbnb.domain.staff_refunds import (
    Borne,
    HostPart,
    RefundableLine,
    RefundBearer,
    borne_by,
    ensure_refundable,
    host_part,
    refundable_lines,
)
from airbnb.domain.statuses import BookingStatus
from airbnb.domain.taxes import RemittedBy
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import bookings as booking_queries
from airbnb.queries import ledger as ledger_queries
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.services import earnings, ledger
from airbnb.services.approvals import Proposal
from airbnb.services.booking_terms import to_guest_currency
from airbnb.services.payment_starts import BY_STAFF, parts_of, sent_for, start_refunds

#: Of these the money is ours to give back; a pending booking is canceled instead.
AGREED = frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.CANCELED})
GIVEN, ROUNDED, OFFSET = "refund_given", "refund_rounded", "refund_offset"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """What staff want to give back. Units: ``lines`` maps kinds to minor units of what was charged in."""

    lines: Mapping[str, int]
    bearer: RefundBearer = RefundBearer.EACH

    def asked(self) -> dict[str, int]:
        """The lines that give something back."""
        return {kind: amount for kind, amount in self.lines.items() if amount}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of a booking can still go back, and to which payments."""

    booking: Booking
    payments: Sequence[Payment]
    lines: Mapping[str, RefundableLine]

    @property
    def left_minor(self) -> int:
        """What is left of all payments together."""
        return sum(payment.refundable_minor for payment in self.payments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a refund would do. Units: minor units of what was charged in; ``part`` of the host's currency."""

    owed_minor: int
    sent_minor: int
    left_after_minor: int
    borne: Borne
    part: HostPart


def standing_of(session: Session, booking: Booking) -> Standing:
    """Return what of a booking can still go back. Needs: its lines are loaded. Raises: InvalidTransition."""
    if booking.status not in AGREED:
        raise InvalidTransition()
    returned = [
        (line["kind"], line["amount_minor"])
        for refund in refund_queries.list_refunds(session, booking.id)
        for line in refund.lines
    ]
    charged = [(line.kind.value, line.amount_minor) for line in booking.lines]
    return Standing(
        booking=booking,
        payments=queries.list_of_booking(session, booking.id),
        lines=refundable_lines(charged, returned),
    )


def effect_of(standing: Standing, wish: RefundWish) -> Effect:
    """Return what a refund would do now. Raises: RefundTooLarge, NothingToRefund."""
    booking, asked = standing.booking, wish.asked()
    left_minor = standing.left_minor
    owed_minor = ensure_refundable(asked, standing.lines, left_minor=left_minor, currency=booking.currency)
    borne = borne_by(asked, wish.bearer, taxes=_taxes_of(booking))
    parts = parts_of(standing.payments, owed_minor)
    sent_minor = sum(sent_for(payment, part_minor) for payment, part_minor in parts)
    return Effect(
        owed_minor=owed_minor,
        sent_minor=sent_minor,
        left_after_minor=left_minor - sent_minor,
        borne=borne,
        part=_host_part(booking, borne),
    )


def refund_proposal(session: Session, booking_id: int, wish: RefundWish) -> Proposal:
    """Return a refund of a booking as it stands now, to be proposed.

    Locks: the booking's row.
    Raises: RefundTooLarge, NothingToRefund; InvalidTransition for a booking that was never agreed.
    """
    standing = standing_of(session, booking_queries.lock_booking(session, booking_id))
    effect = effect_of(standing, wish)
    return Proposal(
        kind=ApprovalKind.REFUND,
        subject=Booking,
        subject_id=booking_id,
        amounts=[Money(effect.sent_minor, standing.booking.currency)],
        terms={"lines": wish.asked(), "bearer": wish.bearer.value},
    )


def give(session: Session, approval: Approval, cause: Cause) -> list[int]:
    """Give back what was approved; return the ids of the calls that send it.

    Locks: the booking's row.
    Raises: RefundTooLarge when less is left by now.
    Writes: the ledger, a debit of the host's, refunds with their calls.
    """
    booking = booking_queries.lock_booking(session, approval.subject_id)
    standing = standing_of(session, booking)
    wish = RefundWish(lines=approval.terms["lines"], bearer=RefundBearer(approval.terms["bearer"]))
    effect, source = effect_of(standing, wish), f"approval:{approval.id}"
    entries = refund_given(
        _owner(booking),
        host_currency=booking.listing_currency,
        borne=effect.borne,
        part=effect.part,
        exchanged_minor=_exchanged(booking, effect.part),
    )
    ledger.post(session, GIVEN, source, entries, now=cause.at, booking_id=booking.id)
    earnings.note_item(session, booking, -effect.part.owed_minor, source, due=cause.at)
    lines = [{"kind": kind, "amount_minor": amount} for kind, amount in wish.asked().items()]
    return start_refunds(session, standing.payments, effect.owed_minor, reason=BY_STAFF, lines=lines, now=cause.at)


def offset_given(session: Session, booking: Booking, owed_minor: int, *, source: str, now: datetime) -> int:
    """Take what went back before off what a division owes; return how much of it is not to be sent any more.

    Only what the payments have not left counts: a refund by staff does not lessen what a cancellation gives back
    while there is enough. Who bore it gets it back; what payers' banks took is not sent a second time.
    Needs: the division is posted and its refunds are not started.
    """
    payments = queries.list_of_booking(session, booking.id)
    short_minor = max(0, owed_minor - sum(payment.refundable_minor for payment in payments))
    unpaid_minor = max(0, owed_minor - sum(payment.captured_minor - payment.refunded_minor for payment in payments))
    given_minor = _take_given(session, booking.id, min(short_minor, unpaid_minor))
    if given_minor:
        _post_offset(session, booking, given_minor, source, now)
    covered = refund_covered(booking_id=booking.id, amount_minor=short_minor - given_minor, currency=booking.currency)
    ledger.post(session, "refund_covered", source, covered, now=now, booking_id=booking.id)
    return short_minor


def _take_given(session: Session, booking_id: int, amount_minor: int) -> int:
    """Note on earlier refunds that a division takes them into account; return how much of the amount they are."""
    left_minor = amount_minor
    for refund in refund_queries.list_beside(session, booking_id) if amount_minor else ():
        part_minor = min(left_minor, refund.beside_minor)
        refund.beside_minor -= part_minor
        left_minor -= part_minor
    session.flush()
    return amount_minor - left_minor


def _post_offset(session: Session, booking: Booking, amount_minor: int, source: str, now: datetime) -> None:
    kinds = (GIVEN, ROUNDED, OFFSET)
    given = [one for kind in kinds for one in ledger_queries.list_entries(session, kind, booking_id=booking.id)]
    entries = refund_offset(given, amount_minor, currency=booking.currency)
    ledger.post(session, OFFSET, source, entries, now=now, booking_id=booking.id)
    back_minor = -sum(entry.amount_minor for entry in entries if entry.account == Account.HOST_PAYABLE)
    earnings.note_item(session, booking, back_minor, f"{OFFSET}:{source}", due=now)


def _taxes_of(booking: Booking) -> tuple[int, int]:
    """Return what was charged of added taxes that the platform hands on, and that the host does."""
    taxes = [line for line in booking.lines if line.kind is LineKind.TAX]
    host_minor = sum(line.amount_minor for line in taxes if line.remitted_by is RemittedBy.HOST)
    return sum(line.amount_minor for line in taxes) - host_minor, host_minor


def _host_part(booking: Booking, borne: Borne) -> HostPart:
    """Return what the host owes of a refund, in the listing's currency at the booking's rate."""

    def converted(amount_minor: int) -> int:
        if booking.exchange_rate is None:
            return amount_minor
        rate = 1 / Fraction(booking.exchange_rate)
        return convert_amount(amount_minor, rate, source=booking.currency, target=booking.listing_currency)

    return host_part(converted(borne.host_lines_minor), converted(borne.host_taxes_minor), fee_bps=booking.host_fee_bps)


def _exchanged(booking: Booking, part: HostPart) -> int | None:
    is_foreign = booking.currency != booking.listing_currency
    return to_guest_currency(booking, part.whole_minor) if is_foreign else None


def _owner(booking: Booking) -> Entry:
    return Entry(account="", amount_minor=0, currency=booking.currency, booking_id=booking.id, user_id=booking.host_id)
