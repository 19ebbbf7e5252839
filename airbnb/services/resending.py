"""Staff send again what was given up: dead letters of the outbox, and messages to integrators."""

from sqlalchemy.orm import Session

from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition, NotFound
from airbnb.domain.statuses import OutboxState
from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.platform import OutboxEvent
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.queries import outbox as queries
from airbnb.queries.webhook_endpoints import get_delivery
from airbnb.services import webhook_endpoints
from airbnb.services.audit import record_action


def resend_event(session: Session, event_id: int, *, cause: Cause) -> None:
    """Have a dead letter handled again, with all its attempts before it.

    Raises: NotFound; InvalidTransition unless it is dead.
    Writes: the event, an audit entry with why it had failed.
    """
    event = session.get(OutboxEvent, event_id)
    if event is None:
        raise NotFound()
    state, error = event.state, event.last_error
    if not queries.revive_event(session, event_id, now=cause.at):
        raise InvalidTransition(**{"from": state.value, "to": OutboxState.NEW.value})
    ask_to_ring(session.info, Bell.OUTBOX)
    changes = {"state": (OutboxState.DEAD.value, OutboxState.NEW.value), "last_error": (error, None)}
    record_action(session, "resend_event", OutboxEvent, event_id, cause=cause, changes=changes)


def resend_delivery(session: Session, delivery_id: int, *, cause: Cause) -> None:
    """Send a message to an integrator once more, under its old id.

    Raises: NotFound; InvalidTransition while it is on the way, or its endpoint is switched off.
    Writes: the message, an audit entry.
    """
    delivery = get_delivery(session, delivery_id)
    before = delivery.state.value
    webhook_endpoints.resend(session, delivery, now=cause.at)
    changes = {"state": (before, DeliveryState.PENDING.value)}
    record_action(session, "resend_delivery", WebhookDelivery, delivery_id, cause=cause, changes=changes)
