"""The answers that end or go on with a booking: the host's yes or no, and a cancellation by any side."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.booking_errors import InvalidTransition
from airbnb.domain.causes import Cause
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money
from airbnb.domain.statuses import BookingStatus
from airbnb.models.bookings import Booking
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import Viewer
from airbnb.queries.idempotency import Claim, attach_resource
from airbnb.services import booking_life, cancellations, staff_cancellations
from airbnb.services.booking_facts import ensure_allowed, facts_of
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.payment_outcomes import make_calls

Change = Callable[[Session, Booking, Cause], list[int]]


def accept_request(key: str, viewer: Viewer, *, claim: Claim | None = None) -> int:
    """Take a guest's request: the authorised money is captured, and with it the stay confirmed.

    A capture that fails puts the booking back to the guest, who may pay in another way.
    Raises: NotFound, Forbidden, InvalidTransition.
    """

    def change(session: Session, booking: Booking, cause: Cause) -> list[int]:
        if booking.total_minor == 0:
            return booking_life.confirm(session, booking, cause=cause)
        payment = payment_queries.find_capturable(session, booking.id)
        if payment is None:
            # The authorisation is being given up at this very moment: then the request waits for another one.
            raise InvalidTransition(**{"from": booking.status, "to": BookingStatus.CONFIRMED})
        return [booking_life.extend_for_capture(session, booking, payment, now=cause.at)]

    return _change(key, viewer, Action.ACCEPT, change, claim=claim)


def decline_request(key: str, viewer: Viewer, *, reason: str | None = None, claim: Claim | None = None) -> int:
    """Turn a guest's request down: nights and authorisation are given back.

    Raises: NotFound, Forbidden, InvalidTransition.
    """

    def change(session: Session, booking: Booking, cause: Cause) -> list[int]:
        return booking_life.decline(session, booking, cause=cause)

    return _change(key, viewer, Action.DECLINE, change, reason=reason, claim=claim)


def cancel_booking(
    key: str,
    viewer: Viewer,
    *,
    reason: str | None = None,
    expected: Money | None = None,
    claim: Claim | None = None,
) -> int:
    """Cancel a booking as guest, host or staff; what the policy gives back is on its way afterwards.

    Raises: NotFound, InvalidTransition, RefundChanged; ApprovalNeeded for staff above their limit.
    """

    def change(session: Session, booking: Booking, cause: Cause) -> list[int]:
        if cause.kind is ActorKind.STAFF:
            staff_cancellations.ensure_one_person_may(session, booking, cause)
        return cancellations.cancel(session, booking, cause=cause, expected=expected)

    return _change(key, viewer, Action.CANCEL, change, reason=reason, claim=claim)


def note_no_show(key: str, viewer: Viewer, *, reason: str | None = None, claim: Claim | None = None) -> int:
    """Note, as host or staff, that the guest never came: the stay stays confirmed and its money as booked.

    Idempotent: what is noted already stays as it is.
    Raises: NotFound, Forbidden, InvalidTransition.
    """

    def work(session: Session) -> int:
        booking = queries.lock_booking_for(session, key, viewer)
        side = viewer.side_of(booking)
        if side is ActorKind.GUEST or booking.no_show_at is None:
            now = clock.now()
            ensure_allowed(side, Action.NO_SHOW, facts_of(booking, (), has_reviewed=False), now=now)
            ip = viewer.ip if side is ActorKind.STAFF else None
            cause = Cause(side, now, viewer.user_id, reason or "the guest did not come", ip)
            booking_life.note_no_show(session, booking, cause=cause)
        attach_resource(session, claim, resource_type=Booking.__tablename__, resource_id=booking.id)
        return booking.id

    return in_transaction(work)


def _change(
    key: str,
    viewer: Viewer,
    action: Action,
    change: Change,
    *,
    reason: str | None = None,
    claim: Claim | None,
) -> int:
    now = clock.now()

    def work(session: Session) -> tuple[int, list[int]]:
        booking = queries.lock_booking_for(session, key, viewer)
        side = viewer.side_of(booking)
        payments = payment_queries.list_of_booking(session, booking.id)
        ensure_allowed(side, action, facts_of(booking, payments, has_reviewed=False), now=now)
        calls = change(session, booking, Cause(side, now, viewer.user_id, reason, viewer.ip))
        attach_resource(session, claim, resource_type=Booking.__tablename__, resource_id=booking.id)
        return booking.id, calls

    if claim is not None and claim.resource_id is not None:
        # An earlier request with this key made the change; the sweep sees to calls that it left open.
        return claim.resource_id
    booking_id, calls = in_transaction(work)
    make_calls(calls)
    return booking_id
