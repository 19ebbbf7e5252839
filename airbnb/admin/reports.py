"""What people report, at the dashboard."""

from airbnb.admin import formats
from airbnb.admin.filters import IsOpen
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission
from airbnb.models.reports import Report


class ReportsView(StaffView):
    """Everything that people told staff, newest first."""

    needs = Permission.MODERATE_LISTINGS
    column_list = ("id", "subject_type", "subject_id", "reason_code", "reporter_id", "created_at", "handled_at")
    column_details_list = (*column_list, "text", "handled_by_id", "updated_at")
    column_searchable_list = ("text",)
    column_filters = (
        IsOpen(Report.handled_at),
        "subject_type",
        "reason_code",
        "subject_id",
        "reporter_id",
        "created_at",
        "handled_at",
    )
    column_sortable_list = ("id", "created_at", "handled_at")
    column_formatters = {
        "reporter_id": formats.link("users"),
        "text": formats.paragraph,
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "handled_at": formats.instant,
    }
