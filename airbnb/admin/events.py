"""What follows from changes, at the dashboard: the outbox, alerts, what providers report, and runs of jobs."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import OutboxState
from airbnb.services.resending import resend_event
from airbnb.unit_of_work import in_transaction


def _resend(event_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(resend_event, event_id=event_id, cause=cause))


RESEND = StaffAction(
    name="resend",
    label="Send again",
    permission=Permission.OPERATE,
    applies=lambda event: event.state is OutboxState.DEAD,
    effects=lambda event: [
        f"A worker handles {event.topic} of {event.subject_id} anew, from how things stand by then.",
        f"It had failed {event.attempts} times, at last with: {event.last_error or 'no word'}.",
        "If it fails as often again, it comes back here.",
    ],
    run=_resend,
    tone="primary",
)


class OutboxView(StaffView):
    """Every effect that follows from a change; what failed for good is dead."""

    needs = Permission.SEE_BOOKINGS
    about = "Every effect that follows from a change. What failed for good is dead, and waits until it is sent again."
    staff_actions = (RESEND,)
    column_list = ("id", "topic", "subject_id", "state", "attempts", "created_at", "due_at", "done_at", "last_error")
    column_details_list = (*column_list, "held_at", "owner")
    column_filters = ("state", "topic", "subject_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "state": formats.status,
        "last_error": formats.text,
        **dict.fromkeys(("created_at", "due_at", "done_at", "held_at"), formats.instant),
    }


class NotificationsView(StaffView):
    """Every alert inside the product; its text is made in the reader's language when it is read."""

    needs = Permission.SEE_USERS
    column_list = ("id", "user_id", "kind", "subject_type", "subject_id", "created_at", "read_at")
    column_details_list = (*column_list, "event_id")
    column_filters = ("user_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "user_id": formats.link("users"),
        "event_id": formats.link("outbox"),
        **dict.fromkeys(("created_at", "read_at"), formats.instant),
    }


class ProviderEventsView(StaffView):
    """Every event that a payment provider reported; what it says in full stays in the database."""

    needs = Permission.SEE_MONEY
    column_list = ("id", "provider", "event_id", "type", "state", "attempts", "due_at", "last_error")
    column_details_list = (*column_list, "subject_id", "held_at")
    column_searchable_list = ("event_id",)
    column_filters = ("provider", "state", "subject_id")
    column_sortable_list = ("id",)
    column_formatters = {
        "state": formats.status,
        "last_error": formats.text,
        **dict.fromkeys(("due_at", "held_at"), formats.instant),
    }


class IntentsView(StaffView):
    """Every call to a payment provider, written down before it is made; an unknown outcome is asked about."""

    needs = Permission.SEE_MONEY
    column_list = (
        "id",
        "operation",
        "provider",
        "state",
        "amount",
        "payment_id",
        "payout_id",
        "attempts",
        "created_at",
    )
    column_details_list = (*column_list, "refund_id", "provider_ref", "next_check_at", "last_error", "updated_at")
    column_filters = ("state", "payment_id", "refund_id", "payout_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "state": formats.status,
        "operation": formats.word,
        "amount": formats.amount("amount_minor"),
        "payment_id": formats.link("payments"),
        "payout_id": formats.link("payouts"),
        **dict.fromkeys(("created_at", "updated_at", "next_check_at"), formats.instant),
    }


class RunsView(StaffView):
    """Every run of a periodic job of the last thirty days."""

    needs = Permission.OPERATE
    is_small = True
    can_view_details = False
    column_default_sort = ("started_at", True)
    column_list = ("job", "started_at", "finished_at", "rows", "error", "claimed_by")
    column_searchable_list = ("job", "error")
    column_filters = ("job", "started_at")
    column_sortable_list = ("started_at", "job")
    column_formatters = {"error": formats.text, **dict.fromkeys(("started_at", "finished_at"), formats.instant)}
