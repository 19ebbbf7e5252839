"""Everything stored about a person, table by table, for their own eyes: the one list of what an export holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import PhotoStatus, ReviewStatus
from airbnb.models.account_safety import AccountClosure, Consent, DataExport
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking, BookingLine, BookingNight
from airbnb.models.calendar import CalendarOverride
from airbnb.models.history import StatusChange
from airbnb.models.identities import UserIdentity
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.messages import Conversation, ConversationParticipant, Message, MessageAttachment
from airbnb.models.notifications import MailMessage, Notification, NotificationPreference
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutAccount, PayoutItem
from airbnb.models.pricing import Coupon, CouponRedemption
from airbnb.models.reports import Report
from airbnb.models.reviews import Review
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import User, UserFigures, UserRole, UserSession
from airbnb.models.webhook_endpoints import WebhookEndpoint
from airbnb.models.wishlists import Wishlist, WishlistItem

#: A mapped column; as the type of a field, mypy would take it for a descriptor.
Column = Any


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export: the rows of a table whose owner is the person, without columns that are not theirs."""

    name: str
    owner: Column
    hidden: frozenset[str] = frozenset()
    through: Column = None  # the table's own column, when the owner is named by another table
    only: ColumnElement[bool] | None = None

    @property
    def table(self) -> Table:
        """The table whose rows are shown."""
        column = self.owner if self.through is None else self.through
        return cast(Table, column.class_.__table__)

    def condition(self, user_id: int) -> ColumnElement[bool]:
        """Return which rows are the person's."""
        mine: ColumnElement[bool] = self.owner == user_id
        if self.through is not None:
            mine = self.through.in_(select(self.owner.class_.id).where(mine))
        return mine if self.only is None else mine & self.only


HOST_SIDE = frozenset(
    {"host_subtotal_minor", "host_service_fee_minor", "host_taxes_minor", "host_payout_minor", "host_fee_bps"}
)
GUEST_SIDE = frozenset({"guest_service_fee_minor", "guest_fee_bps"})

PARTS: tuple[Part, ...] = (
    Part("account", User.id, frozenset({"password_hash", "avatar_key", "version"})),
    Part("roles", UserRole.user_id),
    Part("review_figures", UserFigures.user_id),
    Part("sessions", UserSession.user_id, frozenset({"refresh_hash", "previous_refresh_hash"})),
    Part("sign_in_providers", UserIdentity.user_id),
    Part("second_factor", TotpFactor.user_id, frozenset({"secret_encrypted", "last_step"})),
    Part("consents", Consent.user_id),
    Part("exports", DataExport.user_id, frozenset({"file_key"})),
    Part("closing", AccountClosure.user_id),
    Part("notifications", Notification.user_id),
    Part("notification_preferences", NotificationPreference.user_id),
    Part("mails", MailMessage.user_id),
    Part("webhook_endpoints", WebhookEndpoint.owner_id, frozenset({"secret_encrypted", "previous_secret_encrypted"})),
    Part("listings", Listing.host_id, frozenset({"version"})),
    Part("listing_photos", Listing.host_id, through=ListingPhoto.listing_id),
    Part("listing_calendar", Listing.host_id, through=CalendarOverride.listing_id),
    Part("stays", Booking.guest_id, HOST_SIDE | {"version"}),
    Part("stay_prices", Booking.guest_id, through=BookingLine.booking_id),
    Part("stay_nights", Booking.guest_id, through=BookingNight.booking_id),
    # The terms in full name the host's part too; what holds of them is in the three above.
    Part(
        "stay_changes",
        Booking.guest_id,
        frozenset({"open_booking_id", "old_terms", "new_terms", "version"}),
        through=BookingChange.booking_id,
    ),
    Part("coupons_used", CouponRedemption.guest_id),
    # Codes that staff made for stays at the host's places, in part at the host's cost.
    Part("listing_coupons", Coupon.host_id, frozenset({"version"})),
    Part("hosted_stays", Booking.host_id, GUEST_SIDE | {"version"}),
    Part(
        "payments",
        Payment.payer_id,
        frozenset({"client_secret", "approval_url", "return_url", "cancel_url", "version"}),
    ),
    Part("refunds", Payment.payer_id, frozenset({"version"}), through=Refund.payment_id),
    Part("payout_account", PayoutAccount.user_id, frozenset({"details_encrypted", "version"})),
    Part("payouts", Payout.host_id, frozenset({"run_key", "version"})),
    Part("earnings", PayoutItem.host_id),
    Part("reviews_written", Review.author_id, frozenset({"version"})),
    Part("reviews_received", Review.subject_id, frozenset({"version"}), only=Review.status == ReviewStatus.PUBLISHED),
    Part("conversations", Conversation.guest_id),
    Part("conversations_read", ConversationParticipant.user_id),
    Part("messages_written", Message.author_id),
    Part("message_pictures", MessageAttachment.author_id),
    Part("wishlists", Wishlist.user_id, frozenset({"version"})),
    Part("wishlist_items", Wishlist.user_id, through=WishlistItem.wishlist_id),
    Part("reports_made", Report.reporter_id, frozenset({"handled_by_id", "note"})),
    Part("changes_made", StatusChange.actor_id),
)


def read_part(session: Session, part: Part, user_id: int) -> list[dict[str, Any]]:
    """Return the rows of one part, JSON-ready: ids as text, instants in UTC, money in minor units."""
    columns = [column for column in part.table.columns if column.name not in part.hidden]
    statement = select(*columns).where(part.condition(user_id)).order_by(*part.table.primary_key.columns)
    return [{name: _plain(name, value) for name, value in row.items()} for row in session.execute(statement).mappings()]


def list_picture_keys(session: Session, user_id: int) -> Iterator[tuple[str, str]]:
    """Yield ``(name, storage key without its size)`` of a host's photos that are ready."""
    statement = (
        select(ListingPhoto.id, ListingPhoto.listing_id, ListingPhoto.base_key)
        .join(Listing, Listing.id == ListingPhoto.listing_id)
        .where(Listing.host_id == user_id, ListingPhoto.status == PhotoStatus.READY)
        .order_by(ListingPhoto.id)
    )
    for row in session.execute(statement):
        yield f"listing-{row.listing_id}/{row.id}", row.base_key


def list_sent_picture_keys(session: Session, user_id: int) -> Iterator[tuple[str, str]]:
    """Yield ``(name, storage key without its size)`` of what a person uploaded for messages."""
    mine = select(MessageAttachment.id, MessageAttachment.conversation_id, MessageAttachment.base_key)
    for row in session.execute(mine.where(MessageAttachment.author_id == user_id).order_by(MessageAttachment.id)):
        yield f"conversation-{row.conversation_id}/{row.id}", row.base_key


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    is_id = isinstance(value, int) and (name == "id" or name.endswith("_id"))
    return str(value) if is_id else value
