"""What somebody may do with a booking now, read from its rows."""

from collections.abc import Sequence
from datetime import datetime

from airbnb.domain.booking_actions import Action, BookingFacts, actions_for
from airbnb.domain.booking_errors import InvalidTransition
from airbnb.domain.errors import Forbidden
from airbnb.domain.kinds import ActorKind
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment

PARTIES = frozenset({ActorKind.GUEST, ActorKind.HOST})
#: Whose action it is at all; for anybody else a booking that they may see is simply not theirs to move.
OWNERS: dict[Action, frozenset[ActorKind]] = {
    Action.PAY: frozenset({ActorKind.GUEST}),
    Action.ACCEPT: frozenset({ActorKind.HOST}),
    Action.DECLINE: frozenset({ActorKind.HOST}),
    Action.NO_SHOW: frozenset({ActorKind.HOST, ActorKind.STAFF}),
    Action.REQUEST_CHANGE: PARTIES,
    Action.ACCEPT_CHANGE: PARTIES,
    Action.DECLINE_CHANGE: PARTIES,
    Action.WITHDRAW_CHANGE: PARTIES,
}


def facts_of(
    booking: Booking, payments: Sequence[Payment], *, has_reviewed: bool, change: BookingChange | None = None
) -> BookingFacts:
    """Return what the actions depend on; ``change`` is the open one. Needs: payments in the order of their attempts."""
    own = own_payments(payments)
    of_change = payments_of_change(payments, change)
    return BookingFacts(
        status=booking.status,
        pending_on=booking.pending_on,
        check_in_at=booking.check_in_at,
        check_out_at=booking.check_out_at,
        hold_expires_at=booking.hold_expires_at,
        respond_by=booking.respond_by,
        payment_status=own[-1].status if own else None,
        payment_attempts=len(own),
        change_requested_by=change.asked_by if change else None,
        change_waits_for=change.waits_for if change else None,
        change_expires_at=change.expires_at if change else None,
        change_costs_more=change is not None and change.difference_minor > 0,
        change_payment_status=of_change[-1].status if of_change else None,
        change_payment_attempts=len(of_change),
        no_show_at=booking.no_show_at,
        has_reviewed=has_reviewed,
    )


def own_payments(payments: Sequence[Payment]) -> list[Payment]:
    """Return the attempts to pay a booking itself, without those for changes of it."""
    return [payment for payment in payments if payment.change_id is None]


def payments_of_change(payments: Sequence[Payment], change: BookingChange | None) -> list[Payment]:
    """Return the attempts to pay what a change costs more; none without a change."""
    return [payment for payment in payments if change is not None and payment.change_id == change.id]


def ensure_allowed(side: ActorKind, action: Action, facts: BookingFacts, *, now: datetime) -> None:
    """Refuse what ``actions`` does not list. Raises: Forbidden for the other side's action; InvalidTransition."""
    ensure_owner(side, action)
    if action not in actions_for(side, facts, now):
        raise InvalidTransition(**{"from": facts.status.value, "to": action.value})


def ensure_owner(side: ActorKind, action: Action) -> None:
    """Refuse an action that is never this side's. Raises: Forbidden."""
    if side not in OWNERS.get(action, frozenset(ActorKind)):
        raise Forbidden()
