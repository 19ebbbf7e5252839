"""What the product knows without being told: amenities, and the cancellation policies as data."""

from typing import Any

from flask_admin import BaseView, expose

from airbnb.admin.access import may
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.admin.views import StaffView, refuse
from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.cancellation.policies import POLICY_VERSION, Keep, policy_terms
from airbnb.domain.money import BPS_PER_PERCENT
from airbnb.domain.permissions import Permission


class AmenitiesView(StaffView):
    """What places may offer; the list comes with a release."""

    needs = Permission.SEE_LISTINGS
    is_small = True
    can_view_details = False
    column_default_sort = ("id", False)
    column_list = ("id", "slug", "group", "icon")
    column_searchable_list = ("slug", "group")
    column_filters = ("group",)
    column_sortable_list = ("id", "slug", "group")


class PoliciesView(BaseView):
    """What each cancellation policy gives back; bookings keep the version that they were made with."""

    def __init__(self, category: str) -> None:
        super().__init__("Policies", category, endpoint=f"{ENDPOINT_PREFIX}policies", url="/admin/policies")

    def is_accessible(self) -> bool:
        return may(Permission.SEE_LISTINGS)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        return refuse()

    @expose("/")
    def index_view(self) -> Any:
        """Show every policy in force."""
        policies = [policy_terms(one) for one in CancellationPolicy]
        return self.render("admin/policies.html", policies=policies, kept=_kept, version=POLICY_VERSION)


def _kept(keep: Keep) -> str:
    share = keep.rest_bps // BPS_PER_PERCENT
    parts = []
    if keep.nights:
        parts.append("one night" if keep.nights == 1 else f"{keep.nights} nights")
    if share:
        parts.append(f"{share} % of {'the other nights' if keep.nights else 'the nights'}")
    return " and ".join(parts) if parts else "nothing"
