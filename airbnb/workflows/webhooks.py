"""Webhooks of payment providers: checked and stored while the provider waits, handled by a task afterwards."""

import json
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.errors import InvalidSignature, NotFound
from airbnb.domain.kinds import Provider
from airbnb.domain.payout_errors import ProviderUnavailable
from airbnb.integrations.payments import EventSubject, GatewayError, GatewayEvent, WebhookRejected
from airbnb.models.payments import WebhookEvent
from airbnb.queries import outbox as outbox_queries
from airbnb.queries import payments as queries
from airbnb.queries.disputes import find_dispute_id
from airbnb.services import webhooks as services
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside
from airbnb.workflows.disputes import refresh_dispute
from airbnb.workflows.onboarding import refresh_account
from airbnb.workflows.payment_outcomes import refresh_payment, refresh_payout, refresh_refund


class UnknownSubject(LookupError):
    """The event is about an object that we do not know yet; it is handled again later."""


def receive_event(provider: Provider, headers: Mapping[str, str], raw_body: bytes) -> None:
    """Check and store one event of a provider; a task handles it.

    Idempotent: an event is stored once, however often and on however many machines it arrives.
    Raises: NotFound for a provider that is not set up; InvalidSignature, and nothing is stored; ProviderUnavailable
    while the provider that has to vouch for it can't.
    """
    if provider.value not in outside.gateway_names():
        raise NotFound()
    try:
        event = outside.gateway(provider).verify_webhook(headers, raw_body)
    except WebhookRejected as rejection:
        raise InvalidSignature() from rejection
    except GatewayError as error:
        raise ProviderUnavailable() from error
    in_transaction(partial(_store, provider=provider, event=event))


def _store(session: Session, provider: Provider, event: GatewayEvent) -> bool:
    payload = {
        "subject": event.subject,
        "provider_ref": event.provider_ref,
        "data": json.loads(json.dumps(dict(event.data), default=str)),
    }
    return services.store_event(
        session, provider, event_id=event.event_id, event_type=event.type, payload=payload, now=clock.now()
    )


def handle_event(outbox_id: int) -> None:
    """Bring what an event is about up to date by asking the provider where it stands now.

    The event itself only rings: late, repeated and reordered ones lead to the same state.
    Raises: UnknownSubject.
    """
    with reading() as session:
        task = outbox_queries.find_event(session, outbox_id)
        event = None if task is None else queries.get_webhook(session, task.subject_id)
    if event is None or event.handled_at is not None:
        return
    refresh, subject_id = _REFRESH.get(event.payload["subject"]), None
    if event.payload["subject"] == EventSubject.DISPUTE:
        subject_id = _refresh_dispute(event)
    elif refresh is not None:
        subject_id = _find_subject(event)
        refresh(subject_id)
    in_transaction(partial(services.mark_handled, webhook_id=event.id, subject_id=subject_id, now=clock.now()))


def _refresh_dispute(event: WebhookEvent) -> int | None:
    """Bring a dispute up to date and return its row's id; a new one had none before. Raises: UnknownSubject."""
    if not refresh_dispute(event.provider, event.payload["provider_ref"]):
        raise UnknownSubject(f"{event.provider} {event.event_id}")
    with reading() as session:
        return find_dispute_id(session, event.provider, event.payload["provider_ref"])


def _find_subject(event: WebhookEvent) -> int:
    """Return the id of our row that an event is about. Raises: UnknownSubject."""
    with reading() as session:
        subject_id = services.find_subject_id(session, event.payload["subject"], event)
    if subject_id is None:
        raise UnknownSubject(f"{event.provider} {event.event_id}")
    return subject_id


#: How what an event is about is brought up to date; other events need nothing done.
_REFRESH: dict[EventSubject | None, Callable[[int], None]] = {
    EventSubject.PAYMENT: refresh_payment,
    EventSubject.REFUND: refresh_refund,
    EventSubject.PAYOUT: refresh_payout,
    EventSubject.ACCOUNT: refresh_account,
}
