"""What people report, and where calendars clash, at the dashboard."""

from airbnb.admin import formats
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission


class ReportsView(StaffView):
    """Everything that people told staff, newest first."""

    needs = Permission.MODERATE_LISTINGS
    column_list = ("id", "subject_type", "subject_id", "reason_code", "reporter_id", "created_at", "handled_at")
    column_details_list = (*column_list, "text", "handled_by_id", "updated_at")
    column_searchable_list = ("text",)
    column_filters = ("subject_type", "reason_code", "subject_id", "reporter_id", "created_at", "handled_at")
    column_sortable_list = ("id", "created_at", "handled_at")
    column_formatters = {
        "reporter_id": formats.link("users"),
        "text": formats.paragraph,
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "handled_at": formats.instant,
    }


class ConflictsView(StaffView):
    """Events of other sites' calendars that want nights of a booking."""

    needs = Permission.SEE_BOOKINGS
    column_list = ("id", "listing_id", "booking_id", "starts_on", "ends_on", "created_at", "resolved_at", "resolution")
    column_details_list = (*column_list, "feed_id")
    column_filters = ("listing_id", "booking_id", "resolution", "created_at", "resolved_at")
    column_sortable_list = ("id", "created_at", "resolved_at")
    column_formatters = {
        "listing_id": formats.link("listings"),
        "booking_id": formats.link("bookings"),
        "created_at": formats.instant,
        "resolved_at": formats.instant,
    }


class FeedsView(StaffView):
    """Imported calendars and how fetching them goes; their addresses are their hosts' secrets."""

    needs = Permission.SEE_LISTINGS
    column_list = ("id", "listing_id", "name", "failures", "error", "last_success_at", "next_sync_at", "event_count")
    column_details_list = (*column_list, "last_tried_at", "last_read_at", "created_at")
    column_filters = ("listing_id", "failures", "error", "last_success_at", "next_sync_at")
    column_sortable_list = ("id", "failures", "last_success_at", "next_sync_at")
    column_formatters = {
        "listing_id": formats.link("listings"),
        "created_at": formats.instant,
        "last_success_at": formats.instant,
        "last_tried_at": formats.instant,
        "last_read_at": formats.instant,
        "next_sync_at": formats.instant,
    }
