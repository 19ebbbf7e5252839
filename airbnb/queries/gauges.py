"""The database's own figures that operators watch: ages, backlogs, what went wrong; each is one range of an index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from airbnb.domain.ids import first_id_at
from airbnb.domain.jobs import JOBS, late_jobs
from airbnb.domain.statuses import (
    BookingStatus,
    IntentState,
    OutboxState,
    PaymentStatus,
    PayoutStatus,
    RefundStatus,
)
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.models.disputes import Dispute
from airbnb.models.mail_reports import MailReport
from airbnb.models.payments import Payment, PaymentIntent, Refund, WebhookEvent
from airbnb.models.payouts import Payout
from airbnb.models.platform import ExchangeRate, OutboxEvent
from airbnb.queries.audit_runs import list_latest_runs
from airbnb.queries.job_runs import latest_run_of_each, starts_of
from airbnb.queries.night_audit import count_overdue_holds

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
#: A payment and its booking change in two transactions; only what stays apart for longer is wrong.
SETTLED_AFTER = timedelta(minutes=15)
WITHOUT_STAY = (BookingStatus.EXPIRED, BookingStatus.DECLINED, BookingStatus.CANCELED)
WITH_STAY = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)
REFUNDS_TO_WATCH = (RefundStatus.PENDING, RefundStatus.FAILED)
MONEY_TAKEN = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure, or one for each value of its label."""

    name: str
    help: str
    #: A number, or the values of ``labels`` and a number for each.
    value: float | Sequence[tuple[tuple[str, ...], float]]
    labels: tuple[str, ...] = ()


def read_gauges(session: Session, *, now: datetime) -> Iterator[Gauge]:
    """Yield every figure as it is now."""
    yield from _audits(session)
    yield from _jobs(session, now)
    yield from _queues(session, now)
    yield from _money(session, now)
    yield from _bookings_against_money(session, now)
    yield from _outside(session, now)


def _audits(session: Session) -> Iterator[Gauge]:
    runs = list_latest_runs(session)
    faults = [((run.name,), float(run.faults)) for run in runs]
    ran_at = [((run.name,), run.ran_at.timestamp()) for run in runs]
    yield Gauge("airbnb_audit_faults", "Faults that the latest run found.", faults, ("audit",))
    yield Gauge("airbnb_audit_run_timestamp_seconds", "When the latest run began.", ran_at, ("audit",))


def _jobs(session: Session, now: datetime) -> Iterator[Gauge]:
    runs = latest_run_of_each(session)
    started = starts_of(runs)
    behind = late_jobs(started, now=now)
    late = [((job.name,), float(job in behind)) for job in JOBS]
    failed = [((job.name,), float(job.name in runs and runs[job.name].error is not None)) for job in JOBS]
    began = [((name,), at.timestamp()) for name, at in started.items()]
    yield Gauge("airbnb_job_late", "1 when a periodic job should have run by now.", late, ("job",))
    yield Gauge("airbnb_job_failed", "1 when the latest run of a job ended in an error.", failed, ("job",))
    yield Gauge("airbnb_job_start_timestamp_seconds", "When the latest run of a job began.", began, ("job",))


def _queues(session: Session, now: datetime) -> Iterator[Gauge]:
    for model, name, what in (
        (OutboxEvent, "airbnb_outbox", "outbox events"),
        (WebhookEvent, "airbnb_provider_events", "events of payment providers"),
    ):
        dead = _count(session, model.state == OutboxState.DEAD)
        waiting = [model.state == OutboxState.NEW, model.due_at <= now]
        yield Gauge(f"{name}_dead", f"Dead letters among {what}.", dead)
        yield Gauge(f"{name}_waiting", f"How many {what} are due.", _count(session, *waiting))
        oldest = _age(session, model.due_at, now, *waiting)
        yield Gauge(f"{name}_oldest_seconds", f"How long the longest waiting of {what} is due.", oldest)
    yield Gauge(
        "airbnb_holds_overdue",
        "Unpaid stays that keep their nights past their time.",
        count_overdue_holds(session, due_before=now),
    )


def _money(session: Session, now: datetime) -> Iterator[Gauge]:
    recent = session.execute(
        select(Payment.provider, Payment.status, func.count())
        .where(Payment.id >= first_id_at(now - HOUR))
        .group_by(Payment.provider, Payment.status)
    )
    by_status = [((row[0].value, row[1].value), float(row[2])) for row in recent]
    yield Gauge(
        "airbnb_payments_last_hour", "Attempts to pay begun within the hour.", by_status, ("provider", "status")
    )
    unknown = [PaymentIntent.state == IntentState.UNKNOWN]
    yield Gauge("airbnb_calls_unknown", "Calls to providers whose outcome is not known.", _count(session, *unknown))
    refunds = [((status.value,), _count(session, Refund.status == status)) for status in REFUNDS_TO_WATCH]
    yield Gauge("airbnb_refunds", "Refunds on their way, and those that failed.", refunds, ("status",))
    pending = _age(session, Refund.created_at, now, Refund.status == RefundStatus.PENDING)
    yield Gauge("airbnb_refund_oldest_seconds", "Age of the oldest refund on its way.", pending)
    failed = _count(session, Payout.status == PayoutStatus.FAILED)
    yield Gauge("airbnb_payouts_failed", "Payouts that stopped.", failed)
    due = [Payout.status.in_((PayoutStatus.SCHEDULED, PayoutStatus.PROCESSING)), Payout.due_at <= now]
    yield Gauge(
        "airbnb_payout_overdue_seconds",
        "How long the longest waiting payout is due.",
        _age(session, Payout.due_at, now, *due),
    )
    yield Gauge("airbnb_disputes_open", "Open disputes.", _count(session, Dispute.closed_at.is_(None)))


def _bookings_against_money(session: Session, now: datetime) -> Iterator[Gauge]:
    """Compare the last week's bookings and payments; what changed a moment ago is left in peace."""
    settled = now - SETTLED_AFTER
    paid = (
        select(func.count())
        .select_from(Payment)
        .join(Booking, Booking.id == Payment.booking_id)
        .where(Payment.id >= first_id_at(now - WEEK), Payment.captured_at < settled)
        .where(Booking.status.in_(WITHOUT_STAY), Booking.confirmed_at.is_(None))
        .where(Payment.captured_minor > Payment.refunded_minor)
    )
    payment_of = and_(Payment.booking_id == Booking.id, Payment.status.in_(MONEY_TAKEN))
    booked = (
        select(func.count())
        .select_from(Booking)
        .where(Booking.id >= first_id_at(now - WEEK), Booking.confirmed_at < settled, Booking.total_minor > 0)
        .where(Booking.status.in_(WITH_STAY), ~select(Payment.id).where(payment_of).exists())
    )
    yield Gauge(
        "airbnb_paid_not_booked",
        "Payments of the last week kept for stays that never were.",
        session.scalar(paid) or 0.0,
    )
    yield Gauge(
        "airbnb_booked_not_paid",
        "Confirmed stays of the last week without their money.",
        session.scalar(booked) or 0.0,
    )


def _outside(session: Session, now: datetime) -> Iterator[Gauge]:
    received = session.execute(
        select(WebhookEvent.provider, func.max(WebhookEvent.received_at))
        .where(WebhookEvent.id >= first_id_at(now - WEEK))
        .group_by(WebhookEvent.provider)
    )
    last = [((row[0].value,), row[1].timestamp()) for row in received]
    yield Gauge(
        "airbnb_provider_event_timestamp_seconds", "When a provider last told us something.", last, ("provider",)
    )
    failing = _count(session, CalendarFeed.failures > 0)
    yield Gauge("airbnb_feeds_failing", "Imported calendars whose last fetch failed.", failing)
    yield Gauge(
        "airbnb_feed_oldest_seconds",
        "Time since the last success of the imported calendar that waits longest for one.",
        _age(session, func.coalesce(CalendarFeed.last_success_at, CalendarFeed.created_at), now),
    )
    newest = session.scalar(select(func.max(ExchangeRate.on)))
    days = [] if newest is None else [((), float((now.date() - newest).days))]
    yield Gauge("airbnb_exchange_rates_age_days", "Days since the day of the newest exchange rates.", days)
    reports = session.execute(
        select(MailReport.kind, func.count()).where(MailReport.created_at >= now - DAY).group_by(MailReport.kind)
    )
    told = [((row[0].value,), float(row[1])) for row in reports]
    yield Gauge("airbnb_mail_reports_last_day", "What mail providers reported within a day.", told, ("kind",))


def _count(session: Session, *conditions: ColumnElement[bool]) -> float:
    return float(session.scalar(select(func.count()).where(*conditions)) or 0)


def _age(session: Session, instant: Any, now: datetime, *conditions: ColumnElement[bool]) -> float:
    """Return the seconds since the earliest such instant; 0 when there is none."""
    earliest = session.scalar(select(func.min(instant)).where(*conditions))
    return 0.0 if earliest is None else max((now - earliest).total_seconds(), 0.0)
