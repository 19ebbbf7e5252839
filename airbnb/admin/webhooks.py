"""Webhooks of integrators at the dashboard: where they want to be told, what was sent, and what came back."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from sqlalchemy.orm import joinedload

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import Related, StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.queries.webhook_endpoints import ON_THE_WAY
from airbnb.services.resending import resend_delivery
from airbnb.unit_of_work import in_transaction


def _server(view: Any, context: Any, row: WebhookEndpoint, name: str) -> str:
    """Write the server alone: the rest of an address often is its owner's secret."""
    return urlsplit(row.url).hostname or "–"


def _state(view: Any, context: Any, row: WebhookEndpoint, name: str) -> Any:
    return formats.badge("active" if row.disabled_at is None else "off")


def _events(view: Any, context: Any, row: WebhookEndpoint, name: str) -> str:
    return ", ".join(row.events)


def _tries(view: Any, context: Any, row: WebhookDelivery, name: str) -> Any:
    """Write each try of the present round: when, what came back, how long it took."""
    lines = [", ".join(f"{key}: {value}" for key, value in one.items() if value is not None) for one in row.tries]
    return Markup("<br>").join(lines) if lines else formats.EMPTY


def _resend(delivery_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(resend_delivery, delivery_id=delivery_id, cause=cause))


RESEND = StaffAction(
    name="resend",
    label="Send again",
    permission=Permission.OPERATE,
    applies=lambda delivery: delivery.state not in ON_THE_WAY and delivery.endpoint.disabled_at is None,
    effects=lambda delivery: [
        f"{urlsplit(delivery.endpoint.url).hostname} is told of {delivery.event_type} once more, under the same id.",
        "If it fails, it is tried again for three days.",
    ],
    run=_resend,
    tone="primary",
)


class WebhookEndpointsView(StaffView):
    """Where integrators want to be told; secrets and whole addresses stay their owners'."""

    needs = Permission.SEE_USERS
    about = "Servers of hosts and staff that are told what happens. Their secrets, and addresses in full, stay theirs."
    is_small = True
    related = (Related(label="What was sent there", view="webhook-deliveries", column="endpoint_id"),)
    column_list = ("id", "state", "owner_id", "server", "description", "sees_all", "created_at", "disabled_at")
    column_details_list = (*column_list, "disabled_reason", "events", "previous_until")
    column_searchable_list = ("description",)
    column_filters = ("owner_id", "disabled_reason", "created_at")
    column_sortable_list = ("id", "created_at")
    column_labels = {
        "owner_id": "Owner",
        "sees_all": "Everybody's bookings",
        "disabled_at": "Switched off",
        "disabled_reason": "Why it was switched off",
        "previous_until": "Old secret signs until",
    }
    column_formatters = {
        "state": _state,
        "owner_id": formats.link("users"),
        "server": _server,
        "events": _events,
        "disabled_reason": formats.word,
        **dict.fromkeys(("created_at", "disabled_at", "previous_until"), formats.instant),
    }


class WebhookDeliveriesView(StaffView):
    """Every message to an integrator of the last 30 days, and how each try went."""

    needs = Permission.SEE_USERS
    about = "Every message to an integrator of the last 30 days. What failed for three days is given up."
    staff_actions = (RESEND,)
    column_list = (
        "id",
        "state",
        "event_type",
        "endpoint_id",
        "booking_id",
        "attempts",
        "last_status",
        "created_at",
        "due_at",
        "delivered_at",
    )
    column_details_list = (*column_list, "event_id", "tries", "body", "held_at", "owner")
    column_filters = ("state", "endpoint_id", "created_at")
    column_sortable_list = ("id",)
    column_labels = {
        "endpoint_id": "Endpoint",
        "booking_id": "Booking",
        "event_id": "Event of the outbox",
        "last_status": "Last answer",
    }
    column_formatters = {
        "state": formats.status,
        "endpoint_id": formats.link("webhook-endpoints"),
        "booking_id": formats.link("bookings"),
        "event_id": formats.link("outbox"),
        "tries": _tries,
        **dict.fromkeys(("created_at", "due_at", "delivered_at", "held_at"), formats.instant),
    }

    def get_one(self, id: Any) -> Any:
        """Return a message with its endpoint."""
        if not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        return self.session.get(WebhookDelivery, int(id), options=[joinedload(WebhookDelivery.endpoint)])
