"""What the dashboard's first page asks: how much of each kind waits for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.ids import first_id_at
from airbnb.domain.statuses import (
    ApprovalStatus,
    BookingStatus,
    IntentState,
    ListingStatus,
    OutboxState,
    PayoutStatus,
    RefundStatus,
)
from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarConflict
from airbnb.models.disputes import Dispute
from airbnb.models.listings import Listing
from airbnb.models.payments import PaymentIntent, Refund
from airbnb.models.payouts import Payout
from airbnb.models.platform import OutboxEvent
from airbnb.models.reports import Report
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.queries.audit_runs import list_latest_runs
from airbnb.queries.refunds import STILL_DOUBLE

#: Providers say within minutes what became of a refund.
REFUNDS_TAKE = timedelta(days=1)
#: For how long the first page tells of a refund that was sent twice.
DOUBLED_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How many rows of one kind wait; staff find them in ``view`` under ``status``."""

    label: str
    count: int
    view: str | None
    status: str
    #: The view's filter that ``status`` goes into, as its address writes it.
    filter: str = "flt0_status_equals"
    details: Sequence[str] = ()


def count_what_needs_attention(session: Session) -> list[Attention]:
    """Return the counts in the order of urgency; each is one range of an index."""
    counted: tuple[tuple[str, Any, StrEnum | None, str | None], ...] = (
        ("Waiting for a second person", Approval.status, ApprovalStatus.PENDING, "approvals"),
        ("Failed payouts", Payout.status, PayoutStatus.FAILED, "payouts"),
        ("Open disputes", Dispute.closed_at, None, "disputes"),
        ("Failed refunds", Refund.status, RefundStatus.FAILED, "refunds"),
        ("Unknown payment outcomes", PaymentIntent.state, IntentState.UNKNOWN, "intents"),
        ("Undelivered events", OutboxEvent.state, OutboxState.DEAD, "outbox"),
        ("Webhook messages given up", WebhookDelivery.state, DeliveryState.FAILED, "webhook-deliveries"),
        ("Listings to review", Listing.status, ListingStatus.IN_REVIEW, "listings"),
        ("Open reports", Report.handled_at, None, "reports"),
        ("Calendar conflicts", CalendarConflict.resolved_at, None, "conflicts"),
        ("Bookings waiting", Booking.status, BookingStatus.PENDING, "bookings"),
    )
    waiting = [
        Attention(
            label=label,
            count=session.scalar(select(func.count()).where(column == value)) or 0,
            view=view,
            **(
                {"status": "open", "filter": "flt0_state_equals"}
                if value is None
                else {"status": value, "filter": f"flt0_{column.key}_equals"}
            ),
        )
        for label, column, value, view in counted
    ]
    return [*_faults_of_audits(session), _stuck_refunds(session), _doubled_refunds(session), *waiting]


def _stuck_refunds(session: Session) -> Attention:
    """Return how many refunds have been on their way for too long."""
    old = select(func.count()).where(Refund.status == RefundStatus.PENDING)
    count = session.scalar(old.where(Refund.id < first_id_at(clock.now() - REFUNDS_TAKE))) or 0
    return Attention(label="Refunds on their way for over a day", count=count, view=None, status=RefundStatus.PENDING)


def _doubled_refunds(session: Session) -> Attention:
    """Return how many guests got a refund twice in the last weeks: staff ask for it back, or let it be."""
    recent = Refund.id >= first_id_at(clock.now() - DOUBLED_SHOWN)
    count = session.scalar(select(func.count()).where(STILL_DOUBLE, recent)) or 0
    return Attention(label="Refunds sent twice", count=count, view="refunds", status=RefundStatus.SUCCEEDED)


def _faults_of_audits(session: Session) -> list[Attention]:
    """Return what the latest audits found; one that has never run is not counted."""
    return [
        Attention(
            label=f"Faults found by the {run.name} audit", count=run.faults, view=None, status="", details=run.sample
        )
        for run in list_latest_runs(session)
    ]
