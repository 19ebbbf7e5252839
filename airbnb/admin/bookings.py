"""Bookings at the dashboard: find them, read one's whole story, and do what it needs."""

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import joinedload

from airbnb.admin import formats
from airbnb.admin.access import may
from airbnb.admin.booking_acts import EXTEND_HOLD, NO_SHOW, RESEND_MAIL, RETRY_PAYOUT
from airbnb.admin.booking_page import Entry, entries_of
from airbnb.admin.cancelling import CANCEL, WAIVE
from airbnb.admin.notes import NotedView
from airbnb.admin.views import Related
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries.booking_timeline import BookingStory, tell
from airbnb.unit_of_work import reading

INSTANTS = (
    "check_in_at",
    "check_out_at",
    "hold_expires_at",
    "respond_by",
    "confirmed_at",
    "canceled_at",
    "completed_at",
    "no_show_at",
    "created_at",
    "updated_at",
)


class BookingsView(NotedView):
    """Every stay that was asked for."""

    needs = Permission.SEE_BOOKINGS
    details_template = "admin/booking_details.html"
    folds_fields = True
    related = (
        Related(label="Payments", view="payments", column="booking_id"),
        Related(label="Disputes", view="disputes", column="booking_id"),
        Related(label="Payout holds", view="payout-holds", column="booking_id"),
    )
    staff_actions = (CANCEL, NO_SHOW, EXTEND_HOLD, RESEND_MAIL, RETRY_PAYOUT, WAIVE)
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
        "no_show_at",
        "updated_at",
    )
    column_searchable_list = ("code",)
    column_filters = (
        "status", "check_in", "listing_id", "guest_id", "host_id", "created_at", "confirmed_at", "canceled_at",
    )  # fmt: skip
    column_sortable_list = ("id", "check_in")
    column_formatters = {
        "status": formats.status,
        "pending_on": formats.status,
        "listing_id": formats.link("listings"),
        "guest_id": formats.link("users"),
        "host_id": formats.link("users"),
        "total": formats.amount("total_minor"),
        "host_payout": formats.amount("host_payout_minor", "listing_currency"),
        "guest_fee": formats.amount("guest_service_fee_minor"),
        "rate_plan": formats.word,
        "cancellation_policy": formats.word,
        "canceled_by": formats.word,
        "cancel_reason": formats.paragraph,
        **dict.fromkeys(INSTANTS, formats.instant),
    }

    def get_one(self, id: Any) -> Any:
        """Return a booking with its listing, guest and host."""
        if not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        parties = (joinedload(Booking.listing), joinedload(Booking.guest), joinedload(Booking.host))
        return self.session.get(Booking, int(id), options=parties)

    def title_of(self, row: Booking) -> str:
        """Return what the page of a booking is called."""
        return f"Booking {row.code}"

    def related_links(self, row: Booking) -> list[tuple[str, str]]:
        """Return what belongs to a booking, and where something of it is given back by line."""
        links = super().related_links(row)
        if may(Permission.MOVE_MONEY) and row.confirmed_at is not None:
            page = url_for(f"{formats.ENDPOINT_PREFIX}refunds.booking_view", row_id=row.id)
            links.append(("Refund by line", page))
        return links

    def story_of(self, row: Booking) -> BookingStory:
        """Return everything that happened around a booking."""
        with reading() as session:
            return tell(session, row)

    def timeline(self, story: BookingStory) -> list[Entry]:
        """Return a booking's story as far as this member of staff may read it."""
        open_views = frozenset(view.endpoint for view in self.admin._views if view.is_accessible())
        return entries_of(story, open_views, with_money=may(Permission.SEE_MONEY))

    def wanted_kind(self) -> str:
        """Return the kind that the timeline is narrowed to; empty for all."""
        return request.args.get("show", "")

    def sees_money(self) -> bool:
        """Whether this member of staff sees payments with their pages."""
        return may(Permission.SEE_MONEY)

    def paid_of(self, payments: list[Payment]) -> tuple[int, int]:
        """Return what was taken and what went back, in minor units."""
        return sum(one.captured_minor for one in payments), sum(one.refunded_minor for one in payments)
