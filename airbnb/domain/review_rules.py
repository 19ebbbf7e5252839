"""When reviews may be written, seen and answered, and how figures come from them.

Source: docs/rules/reviews.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from airbnb.domain.money import half_up
from airbnb.domain.statuses import BookingStatus, ReviewStatus

WRITE_WITHIN = timedelta(days=14)
RESPOND_WITHIN = timedelta(days=30)
MIN_RATING = 1
MAX_RATING = 5
CATEGORIES = ("cleanliness", "accuracy", "check_in", "communication", "location", "value")


class ReviewOrder(StrEnum):
    """How a list of published reviews is sorted; the words are those of the API."""

    NEWEST = "newest"
    BEST = "-rating"
    WORST = "rating"


def write_until(check_out_at: datetime) -> datetime:
    """Return the last instant at which either side may write: 14 days after check-out."""
    return check_out_at + WRITE_WITHIN


def may_write(status: BookingStatus, check_out_at: datetime, *, has_written: bool, now: datetime) -> bool:
    """Say whether a side may write its review: once, on a completed booking, within the window."""
    return status is BookingStatus.COMPLETED and not has_written and now <= write_until(check_out_at)


def may_edit(status: ReviewStatus, *, other_has_written: bool, check_out_at: datetime, now: datetime) -> bool:
    """Say whether a review may still be changed: until the other side has written or the window ends."""
    return status is ReviewStatus.PENDING and not other_has_written and now <= write_until(check_out_at)


def is_publishable(*, both_written: bool, check_out_at: datetime, now: datetime) -> bool:
    """Say whether a booking's reviews come out: both are in, or the window is over."""
    return both_written or now > write_until(check_out_at)


def respond_until(published_at: datetime) -> datetime:
    """Return the last instant at which the reviewed side may respond: 30 days after publication."""
    return published_at + RESPOND_WITHIN


def may_respond(status: ReviewStatus, published_at: datetime | None, *, has_response: bool, now: datetime) -> bool:
    """Say whether the reviewed side may respond: once, to a published review, within 30 days."""
    is_out = status is ReviewStatus.PUBLISHED and published_at is not None
    return is_out and not has_response and now <= respond_until(published_at or now)


def average_hundredths(ratings: Iterable[int]) -> int | None:
    """Return the mean of ratings in hundredths (4.67 is 467), rounded half-up; None without any."""
    there = list(ratings)
    return half_up(100 * sum(there), len(there)) if there else None
