"""What somebody may do with a booking now, read from its rows."""

from collections.abc import Sequence
from datetime import datetime

from airbnb.domain.booking_actions import Action, BookingFacts, actions_for
from airbnb.domain.booking_errors import InvalidTransition
from airbnb.domain.errors import Forbidden
from airbnb.domain.kinds import ActorKind
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment

#: Whose action it is at all; for anybody else a booking that they may see is simply not theirs to move.
OWNERS: dict[Action, frozenset[ActorKind]] = {
    Action.PAY: frozenset({ActorKind.GUEST}),
    Action.ACCEPT: frozenset({ActorKind.HOST}),
    Action.DECLINE: frozenset({ActorKind.HOST}),
    Action.NO_SHOW: frozenset({ActorKind.HOST}),
}
#: What can be done already; the others come with their own routes.
OFFERED = frozenset({Action.PAY, Action.ACCEPT, Action.DECLINE, Action.CANCEL, Action.NO_SHOW, Action.REVIEW})


def facts_of(booking: Booking, payments: Sequence[Payment], *, has_reviewed: bool) -> BookingFacts:
    """Return what the actions depend on. Needs: payments in the order of their attempts."""
    return BookingFacts(
        status=booking.status,
        pending_on=booking.pending_on,
        check_in_at=booking.check_in_at,
        check_out_at=booking.check_out_at,
        hold_expires_at=booking.hold_expires_at,
        respond_by=booking.respond_by,
        payment_status=payments[-1].status if payments else None,
        payment_attempts=len(payments),
        no_show_at=booking.no_show_at,
        has_reviewed=has_reviewed,
    )


def offered_actions(side: ActorKind, facts: BookingFacts, now: datetime) -> list[Action]:
    """Return what a frontend may offer this side now."""
    return [action for action in actions_for(side, facts, now) if action in OFFERED]


def ensure_allowed(side: ActorKind, action: Action, facts: BookingFacts, *, now: datetime) -> None:
    """Refuse what ``actions`` does not list. Raises: Forbidden for the other side's action; InvalidTransition."""
    if side not in OWNERS.get(action, frozenset(ActorKind)):
        raise Forbidden()
    if action not in actions_for(side, facts, now):
        raise InvalidTransition(**{"from": facts.status.value, "to": action.value})
