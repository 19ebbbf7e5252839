"""One try of one message to an integrator: claim, commit, call, record."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from airbnb import __version__
from airbnb.domain import clock
from airbnb.domain.fetch_targets import UnsafeUrl
from airbnb.domain.ids import new_token
from airbnb.domain.sealing import UnreadableSecret
from airbnb.domain.topics import Topic
from airbnb.domain.webhook_events import (
    MOST_TRIES,
    RETRY_AFTER,
    DeliveryState,
    DisabledReason,
    message_id_of,
    signatures,
)
from airbnb.integrations.fetching import FetchFailed
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.queries import webhook_endpoints as queries
from airbnb.services import outbox
from airbnb.services.webhook_endpoints import disable, is_behind_the_outbox, secrets_in_use
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.outside import fetcher

logger = logging.getLogger(__name__)

USER_AGENT = f"Stays/{__version__} (webhooks)"
GONE = 410
#: A message whose elder has not left the outbox yet looks again after this.
BEHIND_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What has to be known to send one message."""

    delivery_id: int
    owner: str
    event_id: int
    url: str
    body: bytes
    secrets: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a try went: the status that was answered, or a short word."""

    at: datetime
    status: int | None
    error: str | None
    milliseconds: int

    @property
    def is_good(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


def deliver(delivery_id: int) -> bool:
    """Try to send one message; whether this caller was the one that tried.

    Idempotent: a worker that dies after sending makes it go once more, under the same id.
    """
    job = in_transaction(partial(_claim, delivery_id=delivery_id, owner=new_token()[:32], now=clock.now()))
    if job is None:
        return False
    outcome = _call(job)
    in_transaction(partial(_record, job=job, outcome=outcome))
    return True


def _claim(session: Session, *, delivery_id: int, owner: str, now: datetime) -> Job | None:
    if not queries.claim_delivery(session, delivery_id, owner=owner, now=now):
        return None
    delivery = queries.get_delivery(session, delivery_id)
    if is_behind_the_outbox(session, delivery):
        later = now + BEHIND_WAIT
        attempts = delivery.attempts - 1
        queries.finish_try(
            session, delivery_id, owner=owner, state=DeliveryState.PENDING, due_at=later, attempts=attempts
        )
        return None
    try:
        secrets = secrets_in_use(delivery.endpoint, now=now)
    except UnreadableSecret:
        logger.error("the secret of a webhook endpoint can't be opened", extra={"endpoint_id": delivery.endpoint_id})
        secrets = []
    return Job(
        delivery_id=delivery_id,
        owner=owner,
        event_id=delivery.event_id,
        url=delivery.endpoint.url,
        body=delivery.body.encode(),
        secrets=secrets,
    )


def _call(job: Job) -> Outcome:
    began, at = time.monotonic(), clock.now()
    status, error = None, None
    if not job.secrets:
        error = "secret_unreadable"
    else:
        try:
            status = fetcher().post(job.url, job.body, headers=_headers(job, at))
        except FetchFailed as failure:
            error = failure.why
        except UnsafeUrl as refusal:
            error = f"{refusal.code} {refusal.facts['why']}"
    return Outcome(at=at, status=status, error=error, milliseconds=round((time.monotonic() - began) * 1000))


def _headers(job: Job, at: datetime) -> dict[str, str]:
    message_id, seconds = message_id_of(job.event_id), int(at.timestamp())
    return {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signatures(job.body, message_id=message_id, seconds=seconds, secrets_in_use=job.secrets),
    }


def _record(session: Session, *, job: Job, outcome: Outcome) -> None:
    delivery = queries.get_delivery(session, job.delivery_id)
    told = {"at": outcome.at.isoformat(), "status": outcome.status, "error": outcome.error, "ms": outcome.milliseconds}
    columns: dict[str, Any] = {"last_status": outcome.status, "tries": [*delivery.tries, told]}
    if outcome.is_good:
        columns |= {"state": DeliveryState.DELIVERED, "delivered_at": outcome.at}
    elif delivery.attempts < MOST_TRIES and outcome.status != GONE:
        due_at = outcome.at + RETRY_AFTER[delivery.attempts - 1]
        columns |= {"state": DeliveryState.PENDING, "due_at": due_at}
    else:
        columns |= {"state": DeliveryState.FAILED}
    if queries.finish_try(session, job.delivery_id, owner=job.owner, **columns) and (
        columns["state"] is DeliveryState.FAILED
    ):
        _disable_and_tell(session, delivery, DisabledReason.GONE if outcome.status == GONE else DisabledReason.FAILING)


def _disable_and_tell(session: Session, delivery: WebhookDelivery, reason: DisabledReason) -> None:
    if disable(session, delivery.endpoint, reason, now=clock.now()):
        outbox.record(session, Topic.WEBHOOK_DISABLED, subject_id=delivery.endpoint_id)
