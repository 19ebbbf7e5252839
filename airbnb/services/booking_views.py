"""What a booking looks like to guest, host and staff, as plain values for its schema."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.booking_actions import actions_for, phase_of
from airbnb.domain.kinds import ActorKind, ReviewSide
from airbnb.domain.money import Money
from airbnb.domain.review_rules import write_until
from airbnb.domain.statuses import BookingStatus
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.listings import ListingPhoto
from airbnb.models.payments import Payment
from airbnb.models.reviews import Review
from airbnb.models.users import User
from airbnb.queries import bookings as queries
from airbnb.queries.booking_changes import list_open
from airbnb.queries.bookings import Viewer
from airbnb.services.booking_facts import facts_of, own_payments
from airbnb.services.booking_terms import stored_schedule
from airbnb.services.change_views import change_view
from airbnb.services.payment_views import leading_payment, payment_view
from airbnb.services.photo_urls import file_url, photo_urls
from airbnb.services.quote_views import schedule_view

PHOTO_COLUMNS = ("id", "status", "width", "height", "caption", "alt_text", "position")
#: With these the guest knows the door.
AGREED = frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED})


@dataclass(slots=True)
class Beside:
    """The rows beside some bookings, each kind loaded once for all of them."""

    changes: dict[int, BookingChange] = field(default_factory=dict)  # the open ones
    payments: dict[int, list[Payment]] = field(default_factory=lambda: defaultdict(list))
    history: dict[int, list[StatusChange]] = field(default_factory=lambda: defaultdict(list))
    reviews: dict[int, dict[ReviewSide, Review]] = field(default_factory=lambda: defaultdict(dict))
    covers: dict[int, ListingPhoto] = field(default_factory=dict)
    conversations: dict[tuple[int, int], int] = field(default_factory=dict)


def view_bookings(
    session: Session, bookings: Sequence[Booking], viewer: Viewer, *, now: datetime
) -> list[dict[str, Any]]:
    """Return bookings as one viewer sees them, in six statements however many there are.

    Needs: bookings loaded with ``queries.bookings.SHOWN``.
    """
    beside = _load_beside(session, bookings)
    return [_view(booking, beside, viewer, now) for booking in bookings]


def view_booking(session: Session, booking: Booking, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """Return one booking as a viewer sees it."""
    return view_bookings(session, [booking], viewer, now=now)[0]


def _load_beside(session: Session, bookings: Sequence[Booking]) -> Beside:
    beside = Beside()
    if not bookings:
        return beside
    ids = [booking.id for booking in bookings]
    for open_change in list_open(session, ids):
        beside.changes[open_change.booking_id] = open_change
    for payment in queries.list_payments_of(session, ids):
        beside.payments[payment.booking_id].append(payment)
    for change in queries.list_history(session, ids):
        beside.history[change.subject_id].append(change)
    for review in queries.list_reviews_of(session, ids):
        beside.reviews[review.booking_id][review.side] = review
    for photo in queries.list_cover_photos(session, {booking.listing_id for booking in bookings}):
        beside.covers.setdefault(photo.listing_id, photo)
    for talk in queries.list_conversations(session, bookings):
        beside.conversations[talk.listing_id, talk.guest_id] = talk.id
    return beside


def _view(booking: Booking, beside: Beside, viewer: Viewer, now: datetime) -> dict[str, Any]:
    side = viewer.side_of(booking)
    payments = beside.payments[booking.id]
    leading, open_change = leading_payment(own_payments(payments)), beside.changes.get(booking.id)
    reviews = beside.reviews[booking.id]
    mine = ReviewSide.HOST if side is ActorKind.HOST else ReviewSide.GUEST
    facts = facts_of(booking, payments, has_reviewed=mine in reviews, change=open_change)
    view = {
        **_plain(booking, now),
        **_money(booking, payments, side),
        "listing": _listing(booking, beside.covers.get(booking.listing_id), side),
        "payment": None if leading is None else payment_view(leading, is_payer=side is ActorKind.GUEST),
        "counterparty": _person(booking.guest if side is ActorKind.HOST else booking.host),
        "conversation_id": beside.conversations.get((booking.listing_id, booking.guest_id)),
        "review": _review(booking, reviews, mine),
        "actions": list(actions_for(side, facts, now)),
        "status_history": [_change(change) for change in beside.history[booking.id]],
    }
    if open_change is not None:
        view["change"] = change_view(booking, open_change, payments, side)
    guide = booking.listing.arrival_guide
    if guide and (side is not ActorKind.GUEST or booking.status in AGREED):
        view["arrival_guide"] = guide
    return view


def _plain(booking: Booking, now: datetime) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": booking.id,
        "version": booking.version,
        "code": booking.code,
        "status": booking.status,
        "pending_on": booking.pending_on,
        "phase": phase_of(booking.check_in_at, booking.check_out_at, now),
        "check_in": booking.check_in,
        "check_out": booking.check_out,
        "check_in_at": booking.check_in_at,
        "check_out_at": booking.check_out_at,
        "guests": {
            "adults": booking.adults,
            "children": booking.children,
            "infants": booking.infants,
            "pets": booking.pets,
        },
        "rate_plan": booking.rate_plan,
        "created_at": booking.created_at,
        "cancellation": {
            "policy": booking.cancellation_policy,
            "schedule": schedule_view(stored_schedule(booking), booking.currency, booking.time_zone),
        },
    }
    if booking.no_show_at is not None:
        view["no_show_at"] = booking.no_show_at
    if booking.status is BookingStatus.PENDING:
        waits = {"hold_expires_at": booking.hold_expires_at, "respond_by": booking.respond_by}
        view |= {name: instant for name, instant in waits.items() if instant is not None}
    return view


def _money(booking: Booking, payments: Iterable[Payment], side: ActorKind) -> dict[str, Any]:
    currency, attempts = booking.currency, list(payments)
    view: dict[str, Any] = {
        "lines": [
            {
                "kind": line.kind,
                "label": line.label_key,
                "quantity": line.quantity,
                "unit": None if line.unit_minor is None else Money(line.unit_minor, currency),
                "amount": Money(line.amount_minor, currency),
            }
            for line in booking.lines
        ],
        "total": Money(booking.total_minor, currency),
        "paid": Money(sum(one.captured_minor for one in attempts), currency),
        "refunded": Money(sum(one.refunded_minor for one in attempts), currency),
    }
    if side is not ActorKind.GUEST:
        view["host_payout"] = Money(booking.host_payout_minor, booking.listing_currency)
    return view


def _listing(booking: Booking, cover: ListingPhoto | None, side: ActorKind) -> dict[str, Any]:
    listing = booking.listing
    view: dict[str, Any] = {
        "id": listing.id,
        "title": listing.title,
        "time_zone": booking.time_zone,
        "cover_photo": None
        if cover is None
        else {
            "urls": photo_urls(cover.base_key),
            **{name: getattr(cover, name) for name in PHOTO_COLUMNS},
        },
    }
    if side is not ActorKind.GUEST or booking.status in AGREED:
        view["address"] = {
            name: getattr(listing, column)
            for name, column in (
                ("line1", "address_line1"),
                ("line2", "address_line2"),
                ("city", "city"),
                ("region", "region"),
                ("postal_code", "postal_code"),
                ("country_code", "country_code"),
            )
        }
    return view


def _person(user: User) -> dict[str, Any]:
    avatar = None if user.avatar_key is None else file_url(user.avatar_key)
    return {"id": user.id, "first_name": user.first_name, "avatar_url": avatar}


def _review(booking: Booking, reviews: dict[ReviewSide, Review], mine: ReviewSide) -> dict[str, Any]:
    theirs = ReviewSide.GUEST if mine is ReviewSide.HOST else ReviewSide.HOST
    # Until both are out, nobody learns whether the other side has written.
    seen = reviews.get(theirs)
    shown = seen is not None and seen.published_at is not None
    own = reviews.get(mine)
    return {
        "can_write_until": write_until(booking.check_out_at) if booking.status is BookingStatus.COMPLETED else None,
        "mine": None if own is None else own.id,
        "theirs": seen.id if seen is not None and shown else None,
    }


def _change(change: StatusChange) -> dict[str, Any]:
    return {"from": change.old, "to": change.new, "by": change.actor_kind, "at": change.at, "reason": change.reason}
