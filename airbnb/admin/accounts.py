"""Who is what, and where people are signed in, at the dashboard."""

from airbnb.admin import formats
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission


class RolesView(StaffView):
    """Who has which role; commands give and take those of staff."""

    needs = Permission.SEE_USERS
    can_view_details = False
    column_default_sort = ("user_id", True)
    column_list = ("user_id", "role")
    column_filters = ("role", "user_id")
    column_sortable_list = ("user_id",)
    column_formatters = {"user_id": formats.link("users"), "role": formats.word}


class SessionsView(StaffView):
    """Every device that is or was signed in; the secrets that keep it so are never shown."""

    needs = Permission.SEE_USERS
    column_list = ("id", "user_id", "kind", "state", "ip", "created_at", "last_used_at", "expires_at")
    column_details_list = (*column_list, "user_agent", "rotated_at", "revoked_at")
    column_filters = ("user_id", "created_at", "expires_at")
    column_sortable_list = ("id", "expires_at")
    column_formatters = {
        "user_id": formats.link("users"),
        "kind": formats.word,
        "state": lambda view, context, row, name: formats.badge("active" if row.revoked_at is None else "ended"),
        **dict.fromkeys(("created_at", "last_used_at", "expires_at", "rotated_at", "revoked_at"), formats.instant),
    }
