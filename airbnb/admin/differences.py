"""Where a provider's list and our book differ, at the dashboard; a difference ends when something is posted."""

from airbnb.admin import formats
from airbnb.admin.filters import IsOpen
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission
from airbnb.models.provider_movements import ProviderDifference


class DifferencesView(StaffView):
    """What the nightly comparison found, newest first."""

    needs = Permission.SEE_MONEY
    is_small = True
    column_list = ("id", "state", "provider", "subject", "at_provider", "in_book", "found_at", "resolved_at")
    column_details_list = column_list
    column_searchable_list = ("subject",)
    column_filters = (IsOpen(ProviderDifference.resolved_at), "provider", "currency", "found_at", "resolved_at")
    column_sortable_list = ("id", "found_at")
    column_formatters = {
        "state": formats.openness("resolved_at"),
        "at_provider": formats.amount("provider_minor"),
        "in_book": formats.amount("booked_minor"),
        "found_at": formats.instant,
        "resolved_at": formats.instant,
    }
