"""Listings at the dashboard: find them, see them, take one down."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import ListingStatus
from airbnb.services import moderation
from airbnb.unit_of_work import in_transaction


def _take_down(listing_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.take_listing_down, listing_id=listing_id, cause=cause))


TAKE_DOWN = StaffAction(
    name="take-down",
    label="Take listing down",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda listing: listing.status in (ListingStatus.PUBLISHED, ListingStatus.PAUSED, ListingStatus.IN_REVIEW),
    effects=lambda listing: [
        f"“{listing.title}” disappears from search and cannot be booked.",
        "Bookings that stand go on; cancel them one by one where needed.",
        "The host gets a mail with the reason.",
    ],
    run=_take_down,
)


class ListingsView(StaffView):
    """Every listing in every state."""

    needs = Permission.SEE_LISTINGS
    staff_actions = (TAKE_DOWN,)
    column_list = ("id", "title", "city", "country_code", "status", "nightly_price", "host_id", "created_at")
    column_details_list = (
        *column_list,
        "property_type",
        "room_type",
        "description",
        "address_line1",
        "address_line2",
        "region",
        "postal_code",
        "time_zone",
        "max_guests",
        "bedrooms",
        "beds",
        "min_nights",
        "max_nights",
        "instant_book",
        "cancellation_policy",
        "house_rules",
        "registration_number",
        "import_source",
        "import_key",
        "published_at",
        "updated_at",
    )
    column_searchable_list = ("title", "city")
    column_filters = ("status", "country_code", "property_type", "room_type", "host_id", "created_at")
    column_sortable_list = ("id", "city", "created_at")
    column_formatters = {
        "status": formats.status,
        "nightly_price": formats.amount("nightly_price_minor"),
        "host_id": formats.link("users"),
        "created_at": formats.instant,
        "published_at": formats.instant,
        "updated_at": formats.instant,
        "description": formats.paragraph,
        "house_rules": formats.paragraph,
    }
