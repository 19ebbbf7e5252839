"""Changing a booking: ask, pay the difference, answer; between two commits the provider is called."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.booking_errors import ChangeOpen, DatesUnavailable, InvalidTransition
from airbnb.domain.causes import Cause
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import ActorKind
from airbnb.domain.orders import PaymentChoice
from airbnb.domain.statuses import BookingStatus, ChangeStatus, PaymentStatus
from airbnb.integrations.payments import GatewayError
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.queries import booking_changes as queries
from airbnb.queries import bookings as booking_queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import Viewer
from airbnb.queries.idempotency import Claim, attach_resource
from airbnb.services import booking_changes as changes
from airbnb.services.booking_facts import ensure_allowed, ensure_owner, facts_of
from airbnb.services.bookings import ALL_GUARDS, BookingGuards
from airbnb.services.change_proposals import ChangeWish, Proposal, propose, with_alternatives
from airbnb.services.payment_starts import start_payment
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.booking import check_payment_choice
from airbnb.workflows.payment_outcomes import authorise_latest, make_calls, refresh_payment

Answer = Callable[[Session, Booking, BookingChange, Cause], list[int]]


def preview_change(key: str, viewer: Viewer, wish: ChangeWish) -> tuple[Booking, Proposal]:
    """Return what a change would cost now, and the booking it would change. Raises: as ``ask_change``."""
    now = clock.now()
    with reading() as session:
        booking = booking_queries.get_booking_for(session, key, viewer)
        _ensure_changeable(session, booking, viewer, now)
        try:
            return booking, propose(session, booking, wish, now=now)
        except DatesUnavailable as refusal:
            raise with_alternatives(session, booking, wish, refusal, now=now) from refusal


def ask_change(
    key: str, viewer: Viewer, wish: ChangeWish, payment: PaymentChoice | None, *, claim: Claim | None
) -> int:
    """Ask the other side for another stay; return the change's id.

    When the guest asks and says how to pay, what it costs more is authorised at once; a declined card is no refusal.
    Raises: NotFound, InvalidTransition, ChangeOpen; the refusals of the listing's rules; DatesUnavailable with
    ``alternatives``; ValidationFailed.
    """
    if payment is not None:
        check_payment_choice(payment)
    now = clock.now()

    def work(session: Session) -> int:
        booking = booking_queries.lock_booking_for(session, key, viewer)
        side = _ensure_changeable(session, booking, viewer, now)
        if payment is not None and side is not ActorKind.GUEST:
            raise ValidationFailed({"payment_method": ["Only the guest pays."]})
        proposal = propose(session, booking, wish, now=now)
        change = changes.ask(session, booking, wish, proposal, cause=Cause(side, now, viewer.user_id))
        if payment is not None and change.difference_minor > 0:
            start_payment(session, booking, choice=payment, now=now, change=change)
        attach_resource(session, claim, resource_type=BookingChange.__tablename__, resource_id=change.id)
        return change.id

    change_id = claim.resource_id if claim else None
    if change_id is None:
        try:
            change_id = in_transaction(work)
        except DatesUnavailable as refusal:
            raise _kinder(key, viewer, wish, refusal, now) from refusal
    if payment is not None:
        _authorise(change_id, payment.token)
    return change_id


def accept_change(
    key: str, change_id: int, viewer: Viewer, *, claim: Claim | None = None, guards: BookingGuards = ALL_GUARDS
) -> None:
    """Say yes to what the other side asks for; the stay is swapped now, or once the difference is paid.

    Raises: NotFound, InvalidTransition; DatesUnavailable with ``alternatives`` when somebody else was quicker.
    """

    def answer(session: Session, booking: Booking, change: BookingChange, cause: Cause) -> list[int]:
        return changes.accept(session, booking, change, cause=cause, guards=guards)

    now = clock.now()
    try:
        _answer(key, change_id, viewer, Action.ACCEPT_CHANGE, answer, claim=claim)
        _ensure_not_lost(change_id)
    except DatesUnavailable as refusal:
        raise _kinder(key, viewer, _wish_of(change_id), refusal, now) from refusal


def decline_change(key: str, change_id: int, viewer: Viewer, *, claim: Claim | None = None) -> None:
    """Say no to what the other side asks for. Raises: NotFound, InvalidTransition."""

    def answer(session: Session, booking: Booking, change: BookingChange, cause: Cause) -> list[int]:
        return changes.decline(session, change, cause=cause)

    _answer(key, change_id, viewer, Action.DECLINE_CHANGE, answer, claim=claim)


def withdraw_change(key: str, change_id: int, viewer: Viewer, *, claim: Claim | None = None) -> None:
    """Take back what one asked for oneself. Raises: NotFound, InvalidTransition."""

    def answer(session: Session, booking: Booking, change: BookingChange, cause: Cause) -> list[int]:
        return changes.withdraw(session, change, cause=cause)

    _answer(key, change_id, viewer, Action.WITHDRAW_CHANGE, answer, claim=claim)


def expire_change(change_id: int, *, now: datetime) -> bool:
    """Let one change lapse if its time is over, and give up what was authorised.

    The provider is asked first: a payer may have agreed although nobody told us.
    """
    with reading() as session:
        change = queries.find_change(session, change_id)
        payments = payment_queries.list_of_change(session, change_id)
    if change is None or not changes.has_lapsed(change, now):
        return False
    for payment in payments:
        if payment.status is PaymentStatus.REQUIRES_ACTION:
            try:
                refresh_payment(payment.id)
            except GatewayError:
                continue  # a payment that comes later is given back
    calls = in_transaction(partial(_expire, change_id=change_id, booking_id=change.booking_id, now=now))
    make_calls(calls or ())
    return calls is not None


def _expire(session: Session, *, change_id: int, booking_id: int, now: datetime) -> list[int] | None:
    booking_queries.lock_booking(session, booking_id)
    return changes.expire(session, queries.get_change(session, booking_id, change_id), now=now)


def _answer(key: str, change_id: int, viewer: Viewer, action: Action, answer: Answer, *, claim: Claim | None) -> None:
    now = clock.now()

    def work(session: Session) -> list[int]:
        booking = booking_queries.lock_booking_for(session, key, viewer)
        change = queries.get_change(session, booking.id, change_id)
        side = viewer.side_of(booking)
        ensure_owner(side, action)
        if change.status is not ChangeStatus.PENDING:
            raise InvalidTransition(**{"from": change.status, "to": action})
        payments = payment_queries.list_of_booking(session, booking.id)
        ensure_allowed(side, action, facts_of(booking, payments, has_reviewed=False, change=change), now=now)
        calls = answer(session, booking, change, Cause(side, now, viewer.user_id))
        attach_resource(session, claim, resource_type=BookingChange.__tablename__, resource_id=change.id)
        return calls

    if claim is None or claim.resource_id is None:
        # Else an earlier request with this key answered; the sweep sees to calls that it left open.
        make_calls(in_transaction(work))


def _ensure_changeable(session: Session, booking: Booking, viewer: Viewer, now: datetime) -> ActorKind:
    """Return the side that asks. Raises: ChangeOpen, InvalidTransition."""
    side = viewer.side_of(booking)
    ensure_owner(side, Action.REQUEST_CHANGE)
    change = queries.find_open(session, booking.id)
    if change is not None and booking.status is BookingStatus.CONFIRMED:
        raise ChangeOpen()
    ensure_allowed(side, Action.REQUEST_CHANGE, facts_of(booking, (), has_reviewed=False), now=now)
    return side


def _authorise(change_id: int, token: str | None) -> None:
    with reading() as session:
        change = queries.find_change(session, change_id)
        payments = payment_queries.list_of_change(session, change_id)
    if change is not None and payments:
        authorise_latest(change.booking_id, token=token)


def _ensure_not_lost(change_id: int) -> None:
    """Tell the one who accepts when the nights went to somebody else while the difference was captured."""
    change = _find(change_id)
    if change.end_reason == DatesUnavailable.code:
        raise DatesUnavailable()


def _find(change_id: int) -> BookingChange:
    with reading() as session:
        change = queries.find_change(session, change_id)
    assert change is not None, "a change is never deleted"
    return change


def _wish_of(change_id: int) -> ChangeWish:
    return changes.wish_of(_find(change_id))


def _kinder(key: str, viewer: Viewer, wish: ChangeWish, refusal: DatesUnavailable, now: datetime) -> DatesUnavailable:
    """Return the refusal with alternatives, looked for only now: no row must be locked meanwhile."""
    with reading() as session:
        booking = booking_queries.get_booking_for(session, key, viewer)
        return with_alternatives(session, booking, wish, refusal, now=now)
