"""Bookings at the dashboard: find them, see them, cancel one with its refund."""

from airbnb.admin import formats
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission

INSTANTS = (
    "check_in_at",
    "check_out_at",
    "hold_expires_at",
    "respond_by",
    "confirmed_at",
    "canceled_at",
    "completed_at",
    "created_at",
    "updated_at",
)


class BookingsView(StaffView):
    """Every stay that was asked for."""

    needs = Permission.SEE_BOOKINGS
    column_list = ("id", "code", "status", "listing_id", "guest_id", "check_in", "check_out", "total", "created_at")
    column_details_list = (
        *column_list,
        "pending_on",
        "host_id",
        "time_zone",
        "check_in_at",
        "check_out_at",
        "adults",
        "children",
        "infants",
        "pets",
        "rate_plan",
        "cancellation_policy",
        "host_payout",
        "guest_fee",
        "hold_expires_at",
        "respond_by",
        "confirmed_at",
        "canceled_at",
        "canceled_by",
        "cancel_reason",
        "completed_at",
        "updated_at",
    )
    column_searchable_list = ("code",)
    column_filters = ("status", "check_in", "check_out", "listing_id", "guest_id", "host_id", "created_at")
    column_sortable_list = ("id", "check_in", "created_at")
    column_formatters = {
        "status": formats.status,
        "pending_on": formats.status,
        "listing_id": formats.link("listings"),
        "guest_id": formats.link("users"),
        "host_id": formats.link("users"),
        "total": formats.amount("total_minor"),
        "host_payout": formats.amount("host_payout_minor", "listing_currency"),
        "guest_fee": formats.amount("guest_service_fee_minor"),
        **dict.fromkeys(INSTANTS, formats.instant),
    }
