"""What a world leaves behind that needs a worker or staff: mails, provider events, sessions, reports, the audit log.

Only large worlds get it, so that every list of the dashboard has its share of rows.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.figures import Figure
from airbnb.domain.ids import new_token, token_hash
from airbnb.domain.kinds import Provider, ReportOutcome, ReportReason, ReportSubject, SessionKind
from airbnb.domain.statuses import OutboxState
from airbnb.models.bookings import Booking
from airbnb.models.notifications import MailMessage, Notification
from airbnb.models.payments import PaymentIntent, WebhookEvent
from airbnb.models.platform import AuditEntry
from airbnb.models.reports import Report
from airbnb.models.staff import StaffNote
from airbnb.models.users import User, UserSession
from airbnb.services.figures import add_to_figures

SESSION_LIFETIME = timedelta(days=30)
#: How often each is there for a booking.
AUDITED, NOTED, REPORTED, STILL_OPEN = 0.5, 0.1, 0.05, 0.2
SEARCHES, QUOTES = 60, 4
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/143.0"


def leave_traces(session: Session, *, seed: int, staff_id: int, now: datetime) -> None:
    """Add them for everything that is there; the same seed leaves the same."""
    rng = random.Random(seed)
    session.add_all(_mails(session))
    session.add_all(_provider_events(session))
    session.add_all(_sessions(session, now))
    session.add_all(_work_of_staff(session, rng, staff_id))
    for day, bookings in Counter(at.date() for at in session.scalars(select(Booking.created_at))).items():
        visits = ((Figure.SEARCHES, bookings * SEARCHES), (Figure.QUOTES, bookings * QUOTES))
        add_to_figures(session, visits, day=day)


def _mails(session: Session) -> Iterator[MailMessage]:
    found = select(Notification, User.email).join(User, User.id == Notification.user_id)
    for note, email in session.execute(found.order_by(Notification.id)):
        yield MailMessage(
            event_id=note.event_id,
            user_id=note.user_id,
            template=note.kind,
            to_address=email,
            subject=note.kind.replace("_", " ").capitalize(),
            message_id=f"<{token_hash(f'{note.id}')[:32]}.{note.id}@demo>",
            created_at=note.created_at,
            sent_at=note.created_at + timedelta(seconds=3),
            subject_id=note.subject_id,
        )


def _provider_events(session: Session) -> Iterator[WebhookEvent]:
    for intent in session.scalars(select(PaymentIntent).order_by(PaymentIntent.id)):
        yield WebhookEvent(
            provider=Provider.SANDBOX,
            event_id=f"sbx_evt_{hashlib.sha256(intent.idempotency_key.encode()).hexdigest()[:20]}",
            type=f"{intent.operation.value}.{intent.state.value}",
            payload={"provider_ref": intent.provider_ref, "reference": intent.idempotency_key},
            state=OutboxState.DONE,
            attempts=1,
            due_at=intent.created_at,
            received_at=intent.created_at,
            handled_at=intent.created_at + timedelta(seconds=1),
            subject_id=intent.payment_id or intent.payout_id,
        )


def _sessions(session: Session, now: datetime) -> Iterator[UserSession]:
    for user_id, made_at in session.execute(select(User.id, User.created_at).order_by(User.id)).all():
        yield UserSession(
            user_id=user_id,
            kind=SessionKind.API,
            refresh_hash=token_hash(new_token()),
            user_agent=AGENT,
            ip="192.0.2.10",
            created_at=made_at,
            last_used_at=now,
            expires_at=now + SESSION_LIFETIME,
        )


def _work_of_staff(session: Session, rng: random.Random, staff_id: int) -> Iterator[Any]:
    for booking in session.scalars(select(Booking).order_by(Booking.id)):
        at = booking.created_at + timedelta(hours=1)
        about: dict[str, Any] = {"subject_type": Booking.__tablename__, "subject_id": booking.id}
        if rng.random() < AUDITED:
            yield AuditEntry(
                actor_id=staff_id, action="resend_mail", reason="They did not find it.", ip="192.0.2.1", at=at, **about
            )
        if rng.random() < NOTED:
            yield StaffNote(author_id=staff_id, body="Called; all is well.", created_at=at, **about)
        if rng.random() < REPORTED:
            done = rng.random() >= STILL_OPEN
            yield Report(
                reporter_id=booking.guest_id,
                subject_type=ReportSubject.LISTING,
                subject_id=booking.listing_id,
                reason_code=ReportReason.INACCURATE,
                text=f"Not as described ({booking.code}).",
                handled_at=at if done else None,
                handled_by_id=staff_id if done else None,
                outcome=ReportOutcome.NOTHING_FOUND if done else None,
                created_at=at,
                updated_at=at,
            )
