"""Booking and paying a stay: hold the nights, commit, ask the provider, record what it says."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb import metrics
from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.booking_deadlines import MAX_PAYMENT_ATTEMPTS
from airbnb.domain.booking_errors import DatesUnavailable, PriceChanged, TooManyAttempts
from airbnb.domain.errors import Busy, OutcomeUnknown, ValidationFailed
from airbnb.domain.kinds import ActorKind
from airbnb.domain.orders import Order, PaymentChoice
from airbnb.domain.quote_tokens import FrozenQuote, InvalidQuoteToken, open_token
from airbnb.domain.switches import Switch, switch_of
from airbnb.extensions import current_settings
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.queries import booking_changes as change_queries
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import Viewer
from airbnb.queries.idempotency import Claim, attach_resource
from airbnb.schemas.quotes import QuoteSchema
from airbnb.services import booking_life
from airbnb.services.booking_facts import ensure_allowed, facts_of
from airbnb.services.bookings import (
    ALL_GUARDS,
    BookingGuards,
    Held,
    TotalChanged,
    hold_stay,
    refuse_if_taken,
    refuse_loser,
)
from airbnb.services.payment_calls import plan_voids
from airbnb.services.payment_starts import start_payment
from airbnb.services.quote_views import quote_view
from airbnb.services.quotes import fees_in_force
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches
from airbnb.workflows.payment_outcomes import authorise, authorise_latest, is_set_up, make_calls
from airbnb.workflows.turns import Turns

#: Who wants nights of one listing; many who want the same ones would else queue for its row, a connection each.
_turns = Turns()


def read_quote_token(token: str | None) -> FrozenQuote | None:
    """Return the quote in a token of ours. Raises: ValidationFailed naming ``quote_token``."""
    if token is None:
        return None
    try:
        return open_token(token, current_settings().quote_secret)
    except InvalidQuoteToken as error:
        raise ValidationFailed({"quote_token": ["This is not a quote of ours."]}) from error


def check_payment_choice(choice: PaymentChoice) -> None:
    """Refuse a provider that is not set up here, or is off. Raises: ValidationFailed, Paused."""
    if not is_set_up(choice.provider):
        raise ValidationFailed({"payment_method": ["This way to pay is not available."]})
    switches.refuse_if_off(switch_of(choice.provider))


def book_stay(order: Order, *, claim: Claim | None = None, guards: BookingGuards = ALL_GUARDS) -> int:
    """Book a stay and try to pay it; return the booking's id.

    A declined card is no refusal: the booking stands unpaid while its hold lasts. A claim that already made a
    booking resumes it.
    Raises: every refusal of ``hold_stay``; PriceChanged with the new ``quote``.
    """
    check_payment_choice(order.payment)
    if claim is not None and claim.resource_id is not None:
        authorise_latest(claim.resource_id, token=order.payment.token)
        return claim.resource_id
    switches.refuse_if_off(Switch.NEW_BOOKINGS)
    booking, call = _hold(order, claim, guards)
    if call is not None:
        authorise(call, token=order.payment.token)
    return booking.id


def _hold(order: Order, claim: Claim | None, guards: BookingGuards) -> Held:
    settings, now = current_settings(), clock.now()

    def work(session: Session) -> Held:
        held = hold_stay(session, order, fees=fees_in_force(settings), now=now, guards=guards)
        attach_resource(session, claim, resource_type=Booking.__tablename__, resource_id=held.booking.id)
        return held

    try:
        return _unless_taken(order, work, now=now) if guards.check_nights else in_transaction(work)
    except TotalChanged as change:
        view = quote_view(change.offer, secret=settings.quote_secret)
        raise PriceChanged(quote=QuoteSchema().dump(view)) from change
    except DatesUnavailable as refusal:
        found_by = "key" if isinstance(refusal.__cause__, IntegrityError) else "check"
        metrics.BOOKING_CONFLICTS.labels(found_by).inc()
        if "alternatives" not in refusal.facts:
            # Looked for only now: the listing's row must not be locked meanwhile.
            with reading() as session:
                refuse_loser(session, order, now=now)
        raise


def _unless_taken(order: Order, hold: Callable[[Session], Held], *, now: datetime) -> Held:
    """Hold the nights unless somebody has them: looked up before and while one waits, and after waiting in vain."""

    def look() -> None:
        with reading() as session:
            refuse_if_taken(session, order, now=now)

    look()
    with _turns.of(order.listing_id, look):
        try:
            return in_transaction(hold)
        except OutcomeUnknown:
            raise  # whoever has the nights may be this very guest
        except Busy:
            look()
            raise


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
    authorise_latest(booking_id, token=choice.token)
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
