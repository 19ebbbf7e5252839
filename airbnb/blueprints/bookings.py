"""Bookings over HTTP: book, pay, answer, cancel, look."""

from typing import Any

from flask import request

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.etags import name_etag
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.kinds import ActorKind
from airbnb.domain.orders import Order, PaymentChoice
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import BookingStatus
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.bookings import BookingFilter, Viewer
from airbnb.schemas.bookings import (
    BookingCreateSchema,
    BookingListQuery,
    BookingSchema,
    CancellationPreviewSchema,
    CancelSchema,
    DeclineSchema,
    PaymentChoiceSchema,
)
from airbnb.schemas.paging import page_of
from airbnb.services.booking_facts import ensure_allowed, facts_of
from airbnb.services.booking_views import view_booking, view_bookings
from airbnb.services.cancellation_views import preview_view
from airbnb.unit_of_work import reading
from airbnb.workflows import booking as workflows
from airbnb.workflows import booking_answers as answers

bp = Blueprint("bookings", __name__, url_prefix="/bookings")

#: Parties and staff; which booking is whose, the query decides.
SEES_BOOKINGS = (Permission.TAKE_PART_IN_BOOKINGS, Permission.SEE_BOOKINGS)
CANCELS_BOOKINGS = (Permission.TAKE_PART_IN_BOOKINGS, Permission.CANCEL_BOOKINGS)


@bp.route("", methods=["POST"])
@limited("write", "coupon-guess")
@requires(Permission.BOOK_STAYS, verified=True)
@idempotent(required=True)
@bp.arguments(BookingCreateSchema)
@bp.response(201, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def create_booking(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Book a stay, or ask the host for it; the nights are held from here on."""
    frozen = workflows.read_quote_token(body.pop("quote_token"))
    order = Order(guest_id=current_user.id, frozen=frozen, **body)
    booking_id = workflows.book_stay(order, claim=current_claim())
    return _shown(booking_id), 201, {"Location": f"{PREFIX}/bookings/{booking_id}"}


@bp.route("")
@requires(Permission.TAKE_PART_IN_BOOKINGS)
@bp.arguments(BookingListQuery, location="query")
@bp.response(200, page_of(BookingSchema))
def list_bookings(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's bookings as guest or as host, the latest check-in first."""
    wanted = BookingFilter(
        side=ActorKind(args["as_"]),
        statuses=[BookingStatus(word) for word in args["status"].split(",")] if "status" in args else (),
        phase=args.get("phase"),
        first=args.get("from_"),
        until=args.get("to"),
    )
    now = clock.now()
    with reading() as session:
        page = queries.list_bookings(session, current_user.id, wanted, page_request(args), now)
        views = view_bookings(session, page.items, _viewer(), now=now)
    return envelope(Page(items=views, next_key=page.next_key), args)


@bp.route("/<string:key>")
@requires(*SEES_BOOKINGS)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_booking(key: str) -> dict[str, Any]:
    """Show a booking, by id or code, to its parties and to staff."""
    return _shown(key)


@bp.route("/<string:key>/pay", methods=["POST"])
@limited("pay")
@requires(Permission.BOOK_STAYS)
@idempotent(required=True)
@bp.arguments(PaymentChoiceSchema)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def pay_booking(choice: PaymentChoice, key: str) -> dict[str, Any]:
    """Try to pay an unpaid booking once more while its hold lasts."""
    return _shown(workflows.pay_again(key, _viewer(), choice, claim=current_claim()))


@bp.route("/<string:key>/accept", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS, Permission.TAKE_PART_IN_BOOKINGS)
@idempotent(required=True)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def accept_booking(key: str) -> dict[str, Any]:
    """Take a guest's request; the authorised money is captured."""
    return _shown(answers.accept_request(key, _viewer(), claim=current_claim()))


@bp.route("/<string:key>/decline", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS, Permission.TAKE_PART_IN_BOOKINGS)
@idempotent()
@bp.arguments(DeclineSchema)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def decline_booking(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Turn a guest's request down; the authorisation is given back."""
    return _shown(answers.decline_request(key, _viewer(), reason=body.get("reason"), claim=current_claim()))


@bp.route("/<string:key>/cancellation")
@requires(*SEES_BOOKINGS)
@bp.response(200, CancellationPreviewSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def preview_cancellation(key: str) -> dict[str, Any]:
    """Show what cancelling now would give back, line by line, and how that changes over time."""
    now, viewer = clock.now(), _viewer()
    with reading() as session:
        booking = queries.get_booking_for(session, key, viewer)
        payments = payment_queries.list_of_booking(session, booking.id)
    side = viewer.side_of(booking)
    ensure_allowed(side, Action.CANCEL, facts_of(booking, payments, has_reviewed=False), now=now)
    return preview_view(booking, payments, side=side, now=now)


@bp.route("/<string:key>/cancel", methods=["POST"])
@requires(*CANCELS_BOOKINGS)
@idempotent(required=True)
@bp.arguments(CancelSchema)
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
def cancel_booking(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Cancel a booking; what the policy gives back is on its way."""
    booking_id = answers.cancel_booking(
        key,
        _viewer(Permission.CANCEL_BOOKINGS),
        reason=body.get("reason"),
        expected=body.get("expected_refund"),
        claim=current_claim(),
    )
    return _shown(booking_id)


@bp.route("/<string:key>/no-show", methods=["POST"])
@requires(Permission.TAKE_PART_IN_BOOKINGS, Permission.HANDLE_BOOKINGS)
@idempotent()
@bp.response(200, BookingSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def note_no_show(key: str) -> dict[str, Any]:
    """Note, 24 hours after check-in, that the guest never came; the stay stays confirmed, its money as booked."""
    return _shown(answers.note_no_show(key, _viewer(Permission.HANDLE_BOOKINGS), claim=current_claim()))


def _viewer(staff_right: Permission = Permission.SEE_BOOKINGS) -> Viewer:
    return Viewer(user_id=current_user.id, is_staff=current_user.may(staff_right), ip=request.remote_addr)


def _shown(key: int | str) -> dict[str, Any]:
    viewer = _viewer()
    with reading() as session:
        booking = queries.get_booking_for(session, str(key), viewer)
        view = view_booking(session, booking, viewer, now=clock.now())
    # What a booking shows moves with time, payment, reviews and listing, which the row's version does not tell.
    names = ("actions", "phase", "payment", "change", "refunded", "review", "counterparty")
    moving = [view.get(name) for name in names]
    name_etag("booking", booking.id, booking.version, booking.listing.version, *moving)
    return view
