"""Reviews as the API shows them: to everybody, and with more to those whom they concern."""

from datetime import datetime
from typing import Any

from airbnb.domain import review_rules
from airbnb.domain.kinds import ReviewSide
from airbnb.domain.statuses import ReviewStatus
from airbnb.models.bookings import Booking
from airbnb.models.reviews import Review
from airbnb.models.users import User
from airbnb.services.photo_urls import file_url


def review_dict(review: Review, *, viewer_id: int | None = None) -> dict[str, Any]:
    """Return a review in the shape of ``ReviewSchema``; the private note is for its two sides alone.

    Needs: author, subject and listing are loaded.
    """
    is_concerned = viewer_id in (review.author_id, review.subject_id)
    categories = {name: getattr(review, name) for name in review_rules.CATEGORIES}
    shown = {
        "id": review.id,
        "booking_id": review.booking_id if is_concerned else None,
        "listing": {"id": review.listing_id, "title": review.listing.title},
        "side": review.side,
        "author": person_dict(review.author),
        "subject": person_dict(review.subject),
        "rating": review.rating,
        "categories": {name: stars for name, stars in categories.items() if stars is not None},
        "comment": review.comment,
        "response": None,
        "status": review.status,
        "published_at": review.published_at,
        "created_at": review.created_at,
    }
    if is_concerned:
        shown["private_note"] = review.private_note
        shown["can_respond_until"] = _respond_until(review, viewer_id)
    if review.response is not None:
        shown["response"] = {"text": review.response, "created_at": review.responded_at}
    return shown


def to_write_dict(booking: Booking, *, viewer_id: int) -> dict[str, Any]:
    """Return a booking that waits for the viewer's review. Needs: listing, guest and host are loaded."""
    side = ReviewSide.GUEST if booking.guest_id == viewer_id else ReviewSide.HOST
    return {
        "booking_id": booking.id,
        "code": booking.code,
        "side": side,
        "listing": {"id": booking.listing_id, "title": booking.listing.title},
        "counterparty": person_dict(booking.host if side is ReviewSide.GUEST else booking.guest),
        "check_in": booking.check_in,
        "check_out": booking.check_out,
        "can_write_until": review_rules.write_until(booking.check_out_at),
    }


def person_dict(user: User) -> dict[str, Any]:
    """Return a person as others see them beside a review or message."""
    avatar = file_url(user.avatar_key) if user.avatar_key else None
    return {"id": user.id, "first_name": user.first_name, "avatar_url": avatar}


def _respond_until(review: Review, viewer_id: int | None) -> datetime | None:
    is_open = review.status is ReviewStatus.PUBLISHED and review.response is None
    if review.subject_id != viewer_id or not is_open or review.published_at is None:
        return None
    return review_rules.respond_until(review.published_at)
