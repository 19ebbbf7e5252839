"""Reviews at the dashboard."""

from airbnb.admin import formats
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission


class ReviewsView(StaffView):
    """Every review of both sides; private notes stay between the two."""

    needs = Permission.SEE_BOOKINGS
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
