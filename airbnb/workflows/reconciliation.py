"""The nightly comparison of every provider's balance with our book."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain.kinds import MovementKind, Provider
from airbnb.integrations.payments import GatewayError
from airbnb.integrations.payments.abilities import GatewayMovement, ReconcilableGateway
from airbnb.queries import reconciliation as queries
from airbnb.services import reconciliation as services
from airbnb.services.reconciliation import Movement
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside
from airbnb.workflows.disputes import refresh_dispute
from airbnb.workflows.payment_outcomes import refresh_payment, refresh_payout, refresh_refund

logger = logging.getLogger(__name__)

#: How far back a run looks; the next ones look at the same days again.
WINDOW = timedelta(days=3)
#: Providers list what moved within this time.
LISTED_WITHIN = timedelta(hours=4)
BATCH = 200

_REFRESH = {
    MovementKind.PAYMENT: refresh_payment,
    MovementKind.REFUND: refresh_refund,
    MovementKind.PAYOUT: refresh_payout,
    MovementKind.PAYOUT_REVERSAL: refresh_payout,
}


def reconcile(now: datetime) -> None:
    """Compare what every provider says moved with our book, after asking about what the book does not have.

    Idempotent.
    """
    for name in outside.gateway_names():
        gateway = outside.gateway(name)
        if not isinstance(gateway, ReconcilableGateway):
            continue
        try:
            _reconcile_one(Provider(name), gateway, now)
        except GatewayError:
            logger.exception("a provider could not be compared with the book", extra={"provider": name})


def _reconcile_one(provider: Provider, gateway: ReconcilableGateway, now: datetime) -> None:
    movements = [_movement(one) for one in gateway.list_movements(now - WINDOW, now)]
    for one in movements:
        _ask_about(provider, one)
    subjects: set[str] = set()
    for start in range(0, len(movements), BATCH):
        keep = partial(services.keep, provider=provider, movements=movements[start : start + BATCH], now=now)
        subjects |= in_transaction(keep)
    with reading() as session:
        subjects |= set(queries.booked_subjects(session, provider, since=now - WINDOW, until=now - LISTED_WITHIN))
    ordered: Sequence[str] = sorted(subjects)
    for start in range(0, max(len(ordered), 1), BATCH):
        part = set(ordered[start : start + BATCH])
        in_transaction(partial(services.compare, provider=provider, subjects=part, now=now))


def _ask_about(provider: Provider, movement: Movement) -> None:
    """Ask the provider about what moved without our knowing; its answer is applied and posted as any other."""

    def look(session: Session) -> tuple[int | None, bool]:
        subject, row_id = services.subject_of(session, provider, movement)
        return row_id, services.is_booked(session, provider, subject, movement)

    with reading() as session:
        row_id, is_booked = look(session)
    if is_booked:
        return
    refresh = _REFRESH.get(movement.kind)
    try:
        if refresh is not None and row_id is not None:
            refresh(row_id)
        elif movement.kind is MovementKind.DISPUTE and movement.subject_ref:
            refresh_dispute(provider, movement.subject_ref)
    except GatewayError:
        logger.warning("what moved could not be asked about", extra={"provider": provider}, exc_info=True)


def _movement(one: GatewayMovement) -> Movement:
    return Movement(
        provider_ref=one.provider_ref,
        kind=one.kind,
        subject_ref=one.subject_ref,
        reference=one.reference,
        amount_minor=one.amount_minor,
        fee_minor=one.fee_minor,
        currency=one.currency,
        at=one.at,
    )
