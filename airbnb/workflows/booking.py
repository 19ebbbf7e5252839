"""Booking and paying a stay: hold the nights, commit, ask the provider, record what it says."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb import metrics
from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.booking_deadlines import MAX_PAYMENT_ATTEMPTS
from airbnb.domain.booking_errors import DatesUnavailable, PriceChanged, TooManyAttempts
from airbnb.domain.errors import Busy, ValidationFailed
from airbnb.domain.kinds import ActorKind
from airbnb.domain.orders import Order, PaymentChoice
from airbnb.domain.quote_tokens import FrozenQuote, InvalidQuoteToken, open_token
from airbnb.extensions import current_settings
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.queries import booking_changes as change_queries
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries import quotes as listing_queries
from airbnb.queries.bookings import Viewer
from airbnb.queries.idempotency import Claim, attach_resource
from airbnb.schemas.quotes import QuoteSchema
from airbnb.services import booking_life
from airbnb.services.booking_facts import ensure_allowed, facts_of
from airbnb.services.bookings import ALL_GUARDS, BookingGuards, TotalChanged, hold_stay, refuse_if_taken
from airbnb.services.payment_calls import plan_voids
from airbnb.services.payment_starts import start_payment
from airbnb.services.quote_views import quote_view
from airbnb.services.quotes import fees_in_force, with_alternatives
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.payment_outcomes import authorise, is_set_up, make_calls


def read_quote_token(token: str | None) -> FrozenQuote | None:
    """Return the quote in a token of ours. Raises: ValidationFailed naming ``quote_token``."""
    if token is None:
        return None
    try:
        return open_token(token, current_settings().quote_secret)
    except InvalidQuoteToken as error:
        raise ValidationFailed({"quote_token": ["This is not a quote of ours."]}) from error


def check_payment_choice(choice: PaymentChoice) -> None:
    """Refuse a provider that is not set up here. Raises: ValidationFailed."""
    if not is_set_up(choice.provider):
        raise ValidationFailed({"payment_method": ["This way to pay is not available."]})


def book_stay(order: Order, *, claim: Claim | None = None, guards: BookingGuards = ALL_GUARDS) -> int:
    """Book a stay and try to pay it; return the booking's id.

    A declined card is no refusal: the booking stands unpaid while its hold lasts. A claim that already made a
    booking resumes it.
    Raises: every refusal of ``hold_stay``; PriceChanged with the new ``quote``.
    """
    check_payment_choice(order.payment)
    booking_id = claim.resource_id if claim else None
    if booking_id is None:
        booking_id = _hold(order, claim, guards)
    pay_latest(booking_id, order.payment.token)
    return booking_id


def _hold(order: Order, claim: Claim | None, guards: BookingGuards) -> int:
    settings, now = current_settings(), clock.now()

    def work(session: Session) -> int:
        booking = hold_stay(session, order, fees=fees_in_force(settings), now=now, guards=guards)
        attach_resource(session, claim, resource_type=Booking.__tablename__, resource_id=booking.id)
        return booking.id

    try:
        return (
            _unless_taken(order, partial(in_transaction, work), now=now)
            if guards.check_nights
            else in_transaction(work)
        )
    except TotalChanged as change:
        view = quote_view(change.offer, secret=settings.quote_secret)
        raise PriceChanged(quote=QuoteSchema().dump(view)) from change
    except DatesUnavailable as refusal:
        found_by = "key" if isinstance(refusal.__cause__, IntegrityError) else "check"
        metrics.BOOKING_CONFLICTS.labels(found_by).inc()
        # Looked for only now: the listing's row must not be locked meanwhile.
        with reading() as session:
            listing = listing_queries.find_listing(session, order.listing_id)
            if listing is None:
                raise
            raise with_alternatives(session, listing, order.wish, refusal, now=now) from refusal


def _unless_taken(order: Order, hold: Callable[[], int], *, now: datetime) -> int:
    """Hold the nights unless somebody has them: looked up before one waits for a lock, and after waiting in vain."""
    with reading() as session:
        refuse_if_taken(session, order, now=now)
    try:
        return hold()
    except Busy:
        with reading() as session:
            refuse_if_taken(session, order, now=now)
        raise


def pay_latest(booking_id: int, token: str | None) -> None:
    """Make the call of a booking's latest attempt to pay, unless it was answered already."""
    with reading() as session:
        attempts = payment_queries.list_of_booking(session, booking_id)
    if attempts:
        authorise(attempts[-1].id, token=token)


def pay_again(key: str, viewer: Viewer, choice: PaymentChoice, *, claim: Claim | None) -> int:
    """Try to pay a booking once more, or what an open change of it costs more; return its id.

    Raises: NotFound, InvalidTransition, TooManyAttempts.
    """
    check_payment_choice(choice)
    now = clock.now()

    def work(session: Session) -> tuple[int, list[int]]:
        booking = queries.lock_booking_for(session, key, viewer)
        change = change_queries.find_open(session, booking.id)
        _ensure_payable(session, booking, change, viewer, now)
        earlier = (
            payment_queries.list_of_booking(session, booking.id)
            if change is None
            else payment_queries.list_of_change(session, change.id)
        )
        calls = plan_voids(session, earlier, now=now)
        start_payment(session, booking, choice=choice, now=now, change=change)
        attach_resource(session, claim, resource_type=Booking.__tablename__, resource_id=booking.id)
        return booking.id, calls

    if claim is not None and claim.resource_id is not None:
        booking_id, calls = claim.resource_id, list[int]()
    else:
        booking_id, calls = in_transaction(work)
    make_calls(calls)
    pay_latest(booking_id, choice.token)
    return booking_id


def _ensure_payable(
    session: Session, booking: Booking, change: BookingChange | None, viewer: Viewer, now: datetime
) -> None:
    side = viewer.side_of(booking)
    attempts = payment_queries.list_of_booking(session, booking.id)
    facts = facts_of(booking, attempts, has_reviewed=False, change=change)
    waits = booking_life.step_of(booking) == booking_life.ON_PAYMENT
    used = facts.payment_attempts if waits else facts.change_payment_attempts
    if side is ActorKind.GUEST and used >= MAX_PAYMENT_ATTEMPTS:
        raise TooManyAttempts()
    ensure_allowed(side, Action.PAY, facts, now=now)
