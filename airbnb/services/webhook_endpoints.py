"""Webhook endpoints of integrators: made, changed, their secrets; and which messages an event means for them.

Source: docs/webhooks.md
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from airbnb.domain.bells import Bell, ask_to_ring
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.fetch_targets import UnsafeUrl, parse_target
from airbnb.domain.sealing import seal, unseal
from airbnb.domain.topics import Topic
from airbnb.domain.webhook_events import (
    EVENTS,
    MOST_BYTES,
    MOST_ENDPOINTS,
    OLD_SECRET_LASTS,
    DeliveryState,
    DisabledReason,
    TooManyEndpoints,
    WebhookType,
    new_secret,
)
from airbnb.extensions import current_settings
from airbnb.models.platform import OutboxEvent
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.queries import webhook_endpoints as queries
from airbnb.queries.notice_facts import Facts, find_facts
from airbnb.queries.outbox import find_event
from airbnb.queries.users import lock_user

#: What a message tells of its subject, where the subject has it; everything else is for the API to tell.
TOLD = ("status", "code", "check_in", "check_out", "guests", "canceled_by", "rating")
IDS = ("booking_id", "conversation_id")


def add_endpoint(
    session: Session, owner_id: int, *, sees_all: bool, now: datetime, **columns: Any
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint and return it with its secret, which is shown this once.

    Locks: the owner's row. Raises: ValidationFailed for a URL that can't be called, TooManyEndpoints.
    """
    check_url(columns["url"])
    lock_user(session, owner_id)
    if queries.count_endpoints(session, owner_id) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(limit=MOST_ENDPOINTS)
    secret = new_secret()
    endpoint = WebhookEndpoint(
        owner_id=owner_id, sees_all=sees_all, secret_encrypted=_sealed(secret), created_at=now, **columns
    )
    session.add(endpoint)
    session.flush()
    return endpoint, secret


def change_endpoint(
    session: Session, endpoint: WebhookEndpoint, changes: Mapping[str, Any], *, now: datetime
) -> WebhookEndpoint:
    """Change where an endpoint is, what it is told, or whether it is told anything.

    Raises: ValidationFailed for a URL that can't be called.
    """
    if "url" in changes:
        check_url(changes["url"])
    for name in ("url", "events", "description"):
        if name in changes:
            setattr(endpoint, name, changes[name])
    enabled = changes.get("enabled")
    if enabled is True:
        endpoint.disabled_at = endpoint.disabled_reason = None
    elif enabled is False:
        disable(session, endpoint, DisabledReason.OWNER, now=now)
    session.flush()
    return endpoint


def disable(session: Session, endpoint: WebhookEndpoint, reason: DisabledReason, *, now: datetime) -> bool:
    """Tell an endpoint nothing any more and give up what was on the way; False when it was disabled before."""
    if endpoint.disabled_at is not None:
        return False
    endpoint.disabled_at, endpoint.disabled_reason = now, reason
    queries.fail_all_on_the_way(session, endpoint.id)
    return True


def rotate_secret(session: Session, endpoint: WebhookEndpoint, *, now: datetime) -> str:
    """Give an endpoint a new secret and return it; the old one signs as well for a day."""
    secret = new_secret()
    endpoint.previous_secret_encrypted = endpoint.secret_encrypted
    endpoint.previous_until = now + OLD_SECRET_LASTS
    endpoint.secret_encrypted = _sealed(secret)
    session.flush()
    return secret


def secrets_in_use(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first."""
    sealed = [endpoint.secret_encrypted]
    if endpoint.previous_secret_encrypted and endpoint.previous_until and endpoint.previous_until > now:
        sealed.append(endpoint.previous_secret_encrypted)
    keys = current_settings().encryption_keys
    return [str(unseal(text, keys)["secret"]) for text in sealed]


def resend(session: Session, delivery: WebhookDelivery, *, now: datetime) -> WebhookDelivery:
    """Send a message once more, delivered or not, under the same id.

    Raises: InvalidTransition while it is on the way, or its endpoint is disabled.
    """
    if delivery.state in queries.ON_THE_WAY or delivery.endpoint.disabled_at is not None:
        raise InvalidTransition(**{"from": delivery.state.value, "to": DeliveryState.PENDING.value})
    delivery.state, delivery.attempts, delivery.tries, delivery.due_at = DeliveryState.PENDING, 0, [], now
    ask_to_ring(session.info, Bell.WEBHOOKS)
    session.flush()
    return delivery


def order_deliveries(session: Session, event_id: int, *, now: datetime) -> int:
    """Write the messages that an event of the outbox means for integrators; returns how many.

    Needs: the caller has closed the event in this transaction, so that this happens once.
    """
    event = find_event(session, event_id)
    if event is None or event.topic not in EVENTS:
        return 0
    event_type, subject_type = EVENTS[Topic(event.topic)]
    facts = find_facts(session, subject_type, event.subject_id)
    if facts is None or not facts.get("was_seen_by_host", True):
        return 0
    listeners = queries.list_listeners(session, _owners(facts), event_type)
    if not listeners:
        return 0
    body = _body(event, event_type, subject_type, facts)
    for endpoint in listeners:
        row = WebhookDelivery(endpoint_id=endpoint.id, event_id=event.id, event_type=event_type, body=body)
        row.booking_id, row.due_at, row.created_at = booking_of(facts), now, now
        session.add(row)
    ask_to_ring(session.info, Bell.WEBHOOKS)
    return len(listeners)


def is_behind_the_outbox(session: Session, delivery: WebhookDelivery) -> bool:
    """Whether an older event of the same booking has not even become a message yet."""
    if delivery.booking_id is None:
        return False
    for event in queries.list_elder_events(session, delivery.event_id):
        facts = find_facts(session, EVENTS[Topic(event.topic)][1], event.subject_id)
        if facts is not None and booking_of(facts) == delivery.booking_id:
            return True
    return False


def booking_of(facts: Facts) -> int | None:
    """Return the booking whose messages an event keeps its place among."""
    return facts.get("booking_id")


def check_url(url: str) -> None:
    """Raises: ValidationFailed unless a URL may be called: a public server, and with TLS in production."""
    try:
        target = parse_target(url)
    except UnsafeUrl as refusal:
        raise ValidationFailed({"url": [refusal.detail]}) from refusal
    if current_settings().is_production and target.scheme != "https":
        raise ValidationFailed({"url": ["Must begin with https."]})


def _owners(facts: Facts) -> set[int]:
    """Return whose endpoints may hear of an event: hosts of their bookings, readers of their messages."""
    return set(facts.get("reader_ids", ())) | ({facts["host_id"]} if "host_id" in facts else set())


def _body(event: OutboxEvent, event_type: WebhookType, subject_type: str, facts: Facts) -> str:
    data: dict[str, Any] = {"object": subject_type, "id": str(event.subject_id)}
    data |= {name: str(facts[name]) for name in IDS if facts.get(name) is not None}
    data |= {name: facts[name] for name in TOLD if facts.get(name) is not None}
    message = {"type": event_type, "timestamp": event.created_at.astimezone(UTC), "data": data}
    text = orjson.dumps(message, option=orjson.OPT_UTC_Z)
    assert len(text) <= MOST_BYTES, "a message holds ids and codes, never texts of people"
    return text.decode()


def _sealed(secret: str) -> str:
    return seal({"secret": secret}, current_settings().encryption_keys)
