"""Listings at the dashboard: find them, see them, decide about those in review, take one down and lift that again."""

from functools import partial
from typing import Any

from sqlalchemy.orm import joinedload

from airbnb.admin import formats
from airbnb.admin.actions import Choice, StaffAction
from airbnb.admin.listing_page import Shown, shown_differences
from airbnb.admin.notes import NotedView
from airbnb.admin.views import Related
from airbnb.domain.causes import Cause
from airbnb.domain.ids import MAX_ID
from airbnb.domain.kinds import ListingFault
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import Listing
from airbnb.services import moderation
from airbnb.services.listing_snapshots import changed_since_approval
from airbnb.services.listings import completeness_of
from airbnb.unit_of_work import in_transaction, reading


def _take_down(listing_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.take_listing_down, listing_id=listing_id, cause=cause))


def _approve(listing_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.approve_listing, listing_id=listing_id, cause=cause))


def _ask_for_changes(listing_id: int, cause: Cause, fault: str) -> None:
    work = partial(moderation.ask_for_changes, listing_id=listing_id, fault=ListingFault(fault), cause=cause)
    in_transaction(work)


def _reinstate(listing_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.reinstate_listing, listing_id=listing_id, cause=cause))


def _effects_of_approving(listing: Listing) -> list[str]:
    with reading() as session:
        missing = completeness_of(session, listing).missing
    return [
        f"“{listing.title}” is found in search and can be booked at once.",
        "The host gets a mail and an alert; your note stays among staff.",
        *([f"Mind that it lacks: {', '.join(missing).replace('_', ' ')}."] if missing else []),
    ]


def _is_in_review(listing: Listing) -> bool:
    return listing.status is ListingStatus.IN_REVIEW


APPROVE = StaffAction(
    name="approve",
    label="Approve and publish",
    permission=Permission.MODERATE_LISTINGS,
    applies=_is_in_review,
    effects=_effects_of_approving,
    run=_approve,
    reason_label="Note (for the audit log)",
    tone="success",
)
ASK_FOR_CHANGES = StaffAction(
    name="ask-for-changes",
    label="Ask for changes",
    permission=Permission.MODERATE_LISTINGS,
    applies=_is_in_review,
    effects=lambda listing: [
        f"“{listing.title}” goes back to its host and is not shown to guests.",
        "The host gets a mail and an alert. The mail holds what you write below, word by word.",
    ],
    run=_ask_for_changes,
    choice=Choice(label="What it is about", words=ListingFault),
    reason_label="What to change (mailed to the host)",
    tone="primary",
)
TAKE_DOWN = StaffAction(
    name="take-down",
    label="Take listing down",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda listing: listing.status in (ListingStatus.PUBLISHED, ListingStatus.PAUSED, ListingStatus.IN_REVIEW),
    effects=lambda listing: [
        f"“{listing.title}” disappears from search and cannot be booked.",
        "Bookings that stand go on; cancel them one by one where needed.",
        "The host gets a mail with the reason, word by word.",
    ],
    run=_take_down,
    reason_label="Reason (mailed to the host)",
)
REINSTATE = StaffAction(
    name="reinstate",
    label="Lift the suspension",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda listing: listing.status is ListingStatus.SUSPENDED,
    effects=lambda listing: [
        f"“{listing.title}” is paused: its host decides when guests may book it again.",
        "The host gets a mail and an alert; your note stays among staff.",
    ],
    run=_reinstate,
    reason_label="Note (for the audit log)",
    tone="primary",
)


class ListingsView(NotedView):
    """Every listing in every state."""

    needs = Permission.SEE_LISTINGS
    details_template = "admin/listing_details.html"
    related = (
        Related(label="Bookings", view="bookings", column="listing_id"),
        Related(label="Reviews", view="reviews", column="listing_id"),
        Related(label="Feeds", view="feeds", column="listing_id"),
        Related(label="Calendar conflicts", view="conflicts", column="listing_id"),
    )
    staff_actions = (APPROVE, ASK_FOR_CHANGES, TAKE_DOWN, REINSTATE)
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
    column_filters = ("status", "country_code", "city", "property_type", "room_type", "host_id", "created_at")
    column_sortable_list = ("id", "city")
    column_formatters = {
        "status": formats.status,
        "property_type": formats.word,
        "room_type": formats.word,
        "cancellation_policy": formats.word,
        "nightly_price": formats.amount("nightly_price_minor"),
        "host_id": formats.link("users"),
        "created_at": formats.instant,
        "published_at": formats.instant,
        "updated_at": formats.instant,
        "description": formats.paragraph,
        "house_rules": formats.paragraph,
    }

    def get_one(self, id: Any) -> Any:
        """Return a listing with its host."""
        if not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        return self.session.get(Listing, int(id), options=[joinedload(Listing.host)])

    def title_of(self, row: Listing) -> str:
        """Return what the page of a listing is called."""
        return row.title

    def review_of(self, row: Listing) -> dict[str, Any]:
        """Return the last approval, what is different since, and what is missing."""
        with reading() as session:
            snapshot, found = changed_since_approval(session, row)
            missing = completeness_of(session, row).missing
        shown: list[Shown] = shown_differences(found, row.currency)
        return {"snapshot": snapshot, "differences": shown, "missing": missing}
