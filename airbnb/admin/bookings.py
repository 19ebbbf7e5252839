"""Bookings at the dashboard: find them, see them, cancel one with its refund."""

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain import clock
from airbnb.domain.causes import Cause
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import BookingStatus
from airbnb.models.bookings import Booking
from airbnb.queries import payments
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.services.cancellation_views import preview_view
from airbnb.services.penalties import find_penalty, waive_penalty
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.booking_answers import cancel_booking

OPEN_STATUSES = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED})
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


def _cancel(booking_id: int, cause: Cause, _: str) -> None:
    assert cause.actor_id is not None
    viewer = Viewer(user_id=cause.actor_id, is_staff=True, ip=cause.ip)
    cancel_booking(str(booking_id), viewer, reason=cause.reason)


def _effects_of_canceling(row: Booking) -> list[str]:
    staff = Viewer(user_id=0, is_staff=True)
    with reading() as session:
        booking = get_booking_for(session, str(row.id), staff)
        attempts = payments.list_of_booking(session, booking.id)
    refund: Money = preview_view(booking, attempts, side=ActorKind.STAFF, now=clock.now())["refund"]
    return [
        f"The guest gets {refund} back." if refund.amount_minor else "Nothing was paid, so nothing is paid back.",
        "The coming nights can be booked again.",
        "Guest and host get a mail. The host pays no penalty.",
    ]


CANCEL = StaffAction(
    name="cancel",
    label="Cancel booking",
    permission=Permission.CANCEL_BOOKINGS,
    applies=lambda booking: booking.status in OPEN_STATUSES,
    effects=_effects_of_canceling,
    run=_cancel,
)


def _waive(booking_id: int, cause: Cause, _: str) -> None:
    in_transaction(lambda session: waive_penalty(session, booking_id, cause=cause))


def _has_penalty(booking: Booking) -> bool:
    if booking.canceled_by is not ActorKind.HOST:
        return False
    with reading() as session:
        return find_penalty(session, booking.id) is not None


def _effects_of_waiving(booking: Booking) -> list[str]:
    with reading() as session:
        penalty = find_penalty(session, booking.id)
    amount = "" if penalty is None else f" of {Money(-penalty.amount_minor, penalty.currency)}"
    return [f"The host is let off the penalty{amount}; what was taken already comes with their next payout."]


WAIVE = StaffAction(
    name="waive-penalty",
    label="Waive the host's penalty",
    permission=Permission.MOVE_MONEY,
    applies=_has_penalty,
    effects=_effects_of_waiving,
    run=_waive,
    tone="warning",
)


class BookingsView(StaffView):
    """Every stay that was asked for."""

    needs = Permission.SEE_BOOKINGS
    staff_actions = (CANCEL, WAIVE)
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
        **dict.fromkeys(INSTANTS, formats.instant),
    }
