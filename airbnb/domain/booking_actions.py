"""What a caller may do with a booking right now, so that no frontend copies the state machine.

Source: docs/rules/booking-life.md, "Who may do what".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airbnb.domain.booking_deadlines import MAX_PAYMENT_ATTEMPTS
from airbnb.domain.kinds import ActorKind
from airbnb.domain.review_rules import may_write
from airbnb.domain.statuses import BookingStatus, ChangeWaitsFor, PaymentStatus, PendingOn, Phase

NO_SHOW_AFTER = timedelta(hours=24)

#: With these a new attempt may be made; with the others money is already on its way.
PAYABLE = frozenset(
    {
        None,
        PaymentStatus.REQUIRES_PAYMENT_METHOD,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    }
)


class Action(StrEnum):
    """The actions' names in the API, in the order in which they are listed."""

    PAY = "pay"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    REQUEST_CHANGE = "request_change"
    ACCEPT_CHANGE = "accept_change"
    DECLINE_CHANGE = "decline_change"
    WITHDRAW_CHANGE = "withdraw_change"
    NO_SHOW = "no_show"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """What the actions depend on; all instants in UTC.

    ``has_reviewed`` is about the caller; those named ``change_`` are about the open change, if there is one, and
    ``payment_`` about attempts to pay the booking itself.
    """

    status: BookingStatus
    pending_on: PendingOn | None
    check_in_at: datetime
    check_out_at: datetime
    hold_expires_at: datetime | None = None
    respond_by: datetime | None = None
    payment_status: PaymentStatus | None = None
    payment_attempts: int = 0
    change_requested_by: ActorKind | None = None
    change_waits_for: ChangeWaitsFor | None = None
    change_expires_at: datetime | None = None
    change_costs_more: bool = False
    change_payment_status: PaymentStatus | None = None
    change_payment_attempts: int = 0
    no_show_at: datetime | None = None
    has_reviewed: bool = False

    def is_pending_on(self, whom: PendingOn) -> bool:
        """Say whether the booking is pending and waits for ``whom``."""
        return self.status is BookingStatus.PENDING and self.pending_on is whom


def phase_of(check_in_at: datetime, check_out_at: datetime, now: datetime) -> Phase:
    """Return where the stay lies, seen from now: upcoming before T, past from check-out on."""
    if now < check_in_at:
        return Phase.UPCOMING
    return Phase.IN_STAY if now < check_out_at else Phase.PAST


def actions_for(role: ActorKind, facts: BookingFacts, now: datetime) -> tuple[Action, ...]:
    """Return what a guest, host or staff member may do now, in the order of ``Action``.

    A service refuses with InvalidTransition whatever this does not list.
    Source: docs/rules/booking-life.md, "Who may do what".
    """
    return tuple(action for action in Action if _CHECKS[action](role, facts, now))


def _may_pay(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    return role is ActorKind.GUEST and (_may_pay_booking(facts, now) or may_pay_change(facts, now))


def may_pay_change(facts: BookingFacts, now: datetime) -> bool:
    """Say whether the guest may now pay what the open change costs more."""
    return (
        _is_changeable(facts, now)
        and facts.change_costs_more
        and _change_is_in_time(facts, now)
        # What a host asks for is agreed to before it is paid.
        and (facts.change_requested_by is ActorKind.GUEST or facts.change_waits_for is ChangeWaitsFor.PAYMENT)
        and facts.change_payment_attempts < MAX_PAYMENT_ATTEMPTS
        and facts.change_payment_status in PAYABLE
    )


def _may_pay_booking(facts: BookingFacts, now: datetime) -> bool:
    return (
        facts.is_pending_on(PendingOn.PAYMENT)
        and facts.hold_expires_at is not None
        and now <= facts.hold_expires_at
        and facts.payment_attempts < MAX_PAYMENT_ATTEMPTS
        and facts.payment_status in PAYABLE
    )


def _may_accept(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    in_time = facts.respond_by is None or now <= facts.respond_by
    return role is ActorKind.HOST and facts.is_pending_on(PendingOn.HOST) and in_time


def _may_decline(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    return role is ActorKind.HOST and facts.is_pending_on(PendingOn.HOST)


def _may_cancel(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    if facts.status is BookingStatus.PENDING:
        # A host answers a request by declining it.
        return role in (ActorKind.GUEST, ActorKind.STAFF)
    return facts.status is BookingStatus.CONFIRMED and now < facts.check_out_at and _is_party_or_staff(role)


def _may_request_change(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    return _is_party(role) and _is_changeable(facts, now) and facts.change_requested_by is None


def _may_accept_change(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    waits = facts.change_waits_for is not ChangeWaitsFor.PAYMENT
    return waits and _change_is_in_time(facts, now) and _is_other_side(role, facts, now)


def _may_decline_change(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    # A guest who said yes may still leave the difference unpaid; a host's yes stands.
    waits = facts.change_waits_for is not ChangeWaitsFor.PAYMENT or role is ActorKind.GUEST
    return waits and _is_other_side(role, facts, now)


def _is_other_side(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    asked = facts.change_requested_by is not None and facts.change_requested_by is not role
    return _is_party(role) and _is_changeable(facts, now) and asked


def _change_is_in_time(facts: BookingFacts, now: datetime) -> bool:
    return facts.change_expires_at is None or now <= facts.change_expires_at


def _may_withdraw_change(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    return _is_party(role) and _is_changeable(facts, now) and facts.change_requested_by is role


def _may_note_no_show(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    # A stay of one night ends before its 24 hours do.
    first = min(facts.check_in_at + NO_SHOW_AFTER, facts.check_out_at)
    is_open = facts.status is BookingStatus.CONFIRMED and facts.no_show_at is None
    return role in (ActorKind.HOST, ActorKind.STAFF) and is_open and now >= first


def _may_review(role: ActorKind, facts: BookingFacts, now: datetime) -> bool:
    return _is_party(role) and may_write(facts.status, facts.check_out_at, has_written=facts.has_reviewed, now=now)


def _is_changeable(facts: BookingFacts, now: datetime) -> bool:
    return facts.status is BookingStatus.CONFIRMED and now < facts.check_out_at


def _is_party(role: ActorKind) -> bool:
    return role in (ActorKind.GUEST, ActorKind.HOST)


def _is_party_or_staff(role: ActorKind) -> bool:
    return _is_party(role) or role is ActorKind.STAFF


_CHECKS: dict[Action, Callable[[ActorKind, BookingFacts, datetime], bool]] = {
    Action.PAY: _may_pay,
    Action.ACCEPT: _may_accept,
    Action.DECLINE: _may_decline,
    Action.CANCEL: _may_cancel,
    Action.REQUEST_CHANGE: _may_request_change,
    Action.ACCEPT_CHANGE: _may_accept_change,
    Action.DECLINE_CHANGE: _may_decline_change,
    Action.WITHDRAW_CHANGE: _may_withdraw_change,
    Action.NO_SHOW: _may_note_no_show,
    Action.REVIEW: _may_review,
}
