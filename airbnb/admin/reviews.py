"""Reviews at the dashboard: read them, take one out of sight, bring it back."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import ReviewStatus
from airbnb.services import review_moderation
from airbnb.unit_of_work import in_transaction


def _hide(review_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(review_moderation.hide_review, review_id=review_id, cause=cause))


def _unhide(review_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(review_moderation.unhide_review, review_id=review_id, cause=cause))


HIDE = StaffAction(
    name="hide",
    label="Hide review",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda review: review.status is ReviewStatus.PUBLISHED,
    effects=lambda review: [
        "Nobody but its author sees it any more, nor the response to it.",
        f"Its {review.rating} stars leave every figure at once.",
        "Its author is told, with your reason, by mail and in the product; nobody else is.",
    ],
    run=_hide,
    reason_label="Reason (its author reads it, and the audit log keeps it)",
)
UNHIDE = StaffAction(
    name="unhide",
    label="Show review again",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda review: review.status is ReviewStatus.HIDDEN,
    effects=lambda review: [
        "Everybody sees it again, under the day on which it was published.",
        f"Its {review.rating} stars count again.",
    ],
    run=_unhide,
    tone="primary",
)


class ReviewsView(StaffView):
    """Every review of both sides; private notes stay between the two."""

    needs = Permission.SEE_BOOKINGS
    staff_actions = (HIDE, UNHIDE)
    column_list = ("id", "booking_id", "side", "author_id", "listing_id", "rating", "status", "created_at")
    column_details_list = (
        *column_list,
        "subject_id",
        "comment",
        "response",
        "responded_at",
        "published_at",
        "hidden_reason",
        "window_ends_at",
    )
    column_searchable_list = ("booking.code",)
    column_filters = ("status", "rating", "listing_id", "author_id", "created_at")
    column_sortable_list = ("id", "rating")
    column_formatters = {
        "status": formats.status,
        "booking_id": formats.link("bookings"),
        "author_id": formats.link("users"),
        "subject_id": formats.link("users"),
        "listing_id": formats.link("listings"),
        "comment": formats.paragraph,
        "response": formats.paragraph,
        "created_at": formats.instant,
        "responded_at": formats.instant,
        "published_at": formats.instant,
        "window_ends_at": formats.instant,
    }
