"""What staff do around a booking beside cancelling it; each verb leaves an audit entry."""

from datetime import timedelta

from sqlalchemy.orm import Session

from airbnb.domain.booking_deadlines import extended_hold_until
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition, NotFound
from airbnb.domain.statuses import PayoutStatus
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.notifications import MailMessage
from airbnb.models.payouts import Payout
from airbnb.queries.bookings import lock_booking
from airbnb.queries.outbox import find_event
from airbnb.queries.payouts import get_payout
from airbnb.services import audit, outbox, payouts
from airbnb.services.booking_life import ON_PAYMENT, has_lapsed, step_of


def extend_hold(session: Session, booking_id: int, *, by: timedelta, cause: Cause) -> None:
    """Give a guest longer to pay.

    Raises: NotFound; InvalidTransition unless the booking waits for money and there is room for more time.
    """
    booking = lock_booking(session, booking_id)
    until = booking.hold_expires_at
    if step_of(booking) != ON_PAYMENT or until is None or has_lapsed(booking, cause.at):
        raise InvalidTransition(**{"from": booking.status, "to": "a longer hold"})
    later = extended_hold_until(until, by, now=cause.at, check_in_at=booking.check_in_at)
    if later <= until:
        raise InvalidTransition(**{"from": booking.status, "to": "a longer hold"})
    booking.hold_expires_at = later
    session.flush()
    changes = {"hold_expires_at": (until.isoformat(), later.isoformat())}
    audit.record_action(session, "extend_hold", Booking, booking_id, cause=cause, changes=changes)


def resend_mail(session: Session, booking_id: int, *, mail_id: int, cause: Cause) -> None:
    """Send a mail about a booking once more, written anew from how things stand, as a mail of its own.

    Raises: NotFound when there is no such mail, or what ordered it is no longer kept.
    """
    mail = session.get(MailMessage, mail_id)
    event = None if mail is None else find_event(session, mail.event_id)
    if mail is None or event is None:
        raise NotFound()
    again = outbox.record(session, Topic.MAIL_SEND, subject_id=event.subject_id, payload=dict(event.payload))
    session.flush()
    changes = {"event_id": (str(event.id), str(again.id)), "template": (mail.template, mail.template)}
    audit.record_action(session, "resend_mail", Booking, booking_id, cause=cause, changes=changes)


def retry_payout(session: Session, payout_id: int, *, cause: Cause) -> int | None:
    """Try a failed payout again; return the call to make, or None when it is gathered anew by the next run.

    Raises: NotFound; InvalidTransition unless it failed and no dispute holds it.
    """
    before = get_payout(session, payout_id).status
    intent_id = payouts.retry(session, payout_id, now=cause.at, cause=cause)
    after = get_payout(session, payout_id).status
    if before is not PayoutStatus.FAILED or after is before:
        raise InvalidTransition(**{"from": before, "to": PayoutStatus.PROCESSING})
    audit.record_action(session, "retry_payout", Payout, payout_id, cause=cause, changes={"status": (before, after)})
    return intent_id
