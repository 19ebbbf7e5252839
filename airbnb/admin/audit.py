"""The audit log at the dashboard."""

from airbnb.admin import formats
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission


class AuditView(StaffView):
    """What staff did, to what, and why; nobody can change it."""

    needs = Permission.SEE_DASHBOARD
    column_list = ("id", "at", "actor_id", "action", "subject_type", "subject_id", "reason")
    column_details_list = (*column_list, "before", "after", "ip")
    column_filters = ("action", "subject_type", "subject_id", "actor_id", "at")
    column_sortable_list = ("id",)
    column_formatters = {"at": formats.instant, "actor_id": formats.link("users")}
