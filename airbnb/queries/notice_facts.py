"""What a notification or mail can tell about its subject, read fresh; texts and formats are made elsewhere.

Shape of every answer: a dict of JSON-ready values. Money is ``{"amount_minor", "currency"}``, dates and instants are
ISO text. Who is told stands beside it: ``guest_id`` and ``host_id``.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from airbnb.domain.contact_details import mask_contacts
from airbnb.domain.kinds import PayoutItemKind, ReviewSide
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import BookingStatus
from airbnb.models.account_safety import DataExport
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.disputes import Dispute
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing
from airbnb.models.messages import Conversation, Message, MessageAttachment
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.models.reviews import Review
from airbnb.models.users import User, UserSession
from airbnb.models.webhook_endpoints import WebhookEndpoint
from airbnb.queries.disputes import list_money_staff_ids
from airbnb.queries.messages import WITH_PICTURES, find_guarded
from airbnb.queries.refunds import NOT_REPLACED

Facts = dict[str, Any]

_PARTIES = (joinedload(Booking.listing), joinedload(Booking.guest), joinedload(Booking.host))


def find_facts(session: Session, subject_type: str, subject_id: int) -> Facts | None:
    """Return the facts about one row of a table, or None when it is gone."""
    return _READERS[subject_type](session, subject_id)


def _user(session: Session, user_id: int) -> Facts | None:
    return {} if session.get(User, user_id) else None


def _session(session: Session, session_id: int) -> Facts | None:
    device = session.get(UserSession, session_id)
    if device is None:
        return None
    return {
        "user_id": device.user_id,
        "device": device.user_agent,
        "ip": device.ip,
        "at": device.created_at.isoformat(),
        "time_zone": "UTC",
    }


def _export(session: Session, export_id: int) -> Facts | None:
    export = session.get(DataExport, export_id)
    if export is None or export.expires_at is None:
        return None
    return {"user_id": export.user_id, "expires_on": export.expires_at.date().isoformat()}


def _booking(session: Session, booking_id: int) -> Facts | None:
    booking = session.get(Booking, booking_id, options=_PARTIES)
    if booking is None:
        return None
    back = select(func.sum(Refund.amount_minor)).where(Refund.booking_id == booking.id, NOT_REPLACED)
    refunded = session.scalar(back)
    return {
        "booking_id": booking.id,
        "status": booking.status.value,
        "guest_id": booking.guest_id,
        "host_id": booking.host_id,
        "code": booking.code,
        "listing_title": booking.listing.title,
        "guest_name": booking.guest.first_name,
        "host_name": booking.host.first_name,
        "check_in": booking.check_in.isoformat(),
        "check_out": booking.check_out.isoformat(),
        "check_in_at": booking.check_in_at.isoformat(),
        "check_out_at": booking.check_out_at.isoformat(),
        "time_zone": booking.time_zone,
        "nights": (booking.check_out - booking.check_in).days,
        "guests": booking.adults + booking.children,
        "total": _money(booking.total_minor, booking.currency),
        "host_payout": _money(booking.host_payout_minor, booking.listing_currency),
        "refund": _money(int(refunded), booking.currency) if refunded else None,
        "respond_by": booking.respond_by.isoformat() if booking.respond_by else None,
        "was_seen_by_host": booking.respond_by is not None or booking.confirmed_at is not None,
        "canceled_by": booking.canceled_by.value if booking.canceled_by else None,
        "reason": booking.cancel_reason or _reason_of_decline(session, booking),
        "version": booking.version,
    }


def _reason_of_decline(session: Session, booking: Booking) -> str | None:
    if booking.status is not BookingStatus.DECLINED:
        return None
    decline = select(StatusChange.reason).where(
        StatusChange.subject_type == Booking.__tablename__,
        StatusChange.subject_id == booking.id,
        StatusChange.new == BookingStatus.DECLINED.value,
    )
    return session.scalar(decline)


def _change(session: Session, change_id: int) -> Facts | None:
    """Tell a change by the dates that it asks for; ``was_`` is what stood before."""
    change = session.get(BookingChange, change_id)
    if change is None:
        return None
    facts = _booking(session, change.booking_id) or {}
    more, less = max(0, change.difference_minor), max(0, -change.difference_minor)
    return {
        **facts,
        "asked_by": change.asked_by.value,
        "check_in": change.check_in.isoformat(),
        "check_out": change.check_out.isoformat(),
        "was_check_in": change.old_terms["check_in"],
        "was_check_out": change.old_terms["check_out"],
        "nights": (change.check_out - change.check_in).days,
        "guests": change.adults + change.children,
        "more": _money(more, change.currency) if more else None,
        "less": _money(less, change.currency) if less else None,
        "answer_by": change.expires_at.isoformat(),
        "is_open": change.open_booking_id is not None,
    }


def _payment(session: Session, payment_id: int) -> Facts | None:
    payment = session.get(Payment, payment_id)
    if payment is None:
        return None
    facts = _booking(session, payment.booking_id) or {}
    return {**facts, "amount": _money(payment.amount_minor, payment.currency)}


def _refund(session: Session, refund_id: int) -> Facts | None:
    refund = session.get(Refund, refund_id)
    if refund is None:
        return None
    facts = _booking(session, refund.booking_id) or {}
    return {
        **facts,
        "amount": _money(refund.amount_minor, refund.currency),
        "by_transfer": refund.route is RefundRoute.BANK_TRANSFER,
        "failure_code": (refund.failure_code or "").replace("_", " "),
        "staff_ids": list(list_money_staff_ids(session)),
    }


def _dispute(session: Session, dispute_id: int) -> Facts | None:
    dispute = session.get(Dispute, dispute_id)
    if dispute is None:
        return None
    # First, as it loads the parties too; what is loaded without them stays without.
    facts = _booking(session, dispute.booking_id) or {}
    booking = session.get_one(Booking, dispute.booking_id)
    return {
        **facts,
        "amount": _money(dispute.amount_minor, dispute.currency),
        "host_share": _money(dispute.host_minor, booking.listing_currency) if dispute.host_minor else None,
        "dispute_id": dispute.id,
        "dispute_reason": dispute.reason.replace("_", " "),
        "evidence_due_at": dispute.evidence_due_at.isoformat() if dispute.evidence_due_at else None,
        "staff_ids": list(list_money_staff_ids(session)),
    }


def _payout(session: Session, payout_id: int) -> Facts | None:
    payout = session.get(Payout, payout_id)
    if payout is None:
        return None
    earnings = select(func.count()).where(PayoutItem.payout_id == payout.id, PayoutItem.kind == PayoutItemKind.EARNING)
    return {
        "host_id": payout.host_id,
        "amount": _money(payout.sent.amount_minor, payout.sent.currency),
        "earned": _money(payout.amount_minor, payout.currency),
        "exchange_rate": payout.exchange_rate,
        "exchange_rate_on": None if payout.exchange_rate_on is None else payout.exchange_rate_on.isoformat(),
        "stays": session.scalar(earnings) or 0,
        "failure": payout.failure_text,
        "held_reasons": list(payout.held_reasons),
        "is_permanent": bool(payout.failure_permanent),
    }


def _review(session: Session, review_id: int) -> Facts | None:
    statement = select(Review).where(Review.id == review_id).options(joinedload(Review.author))
    review = session.scalar(statement)
    if review is None:
        return None
    facts = _booking(session, review.booking_id) or {}
    return {
        **facts,
        "author_id": review.author_id,
        "about_id": review.subject_id,
        "author_name": review.author.first_name,
        "responder_name": facts["host_name" if review.side is ReviewSide.GUEST else "guest_name"],
        "side": review.side.value,
        "rating": review.rating,
        "comment": review.comment,
        "response": review.response,
        "hidden_reason": review.hidden_reason,
        "write_until": review.window_ends_at.isoformat(),
    }


def _listing(session: Session, listing_id: int) -> Facts | None:
    listing = session.get(Listing, listing_id)
    if listing is None:
        return None
    return {"host_id": listing.host_id, "listing_title": listing.title}


def _conflict(session: Session, conflict_id: int) -> Facts | None:
    conflict = session.get(CalendarConflict, conflict_id)
    feed = session.get(CalendarFeed, conflict.feed_id) if conflict else None
    if conflict is None or feed is None:
        return None
    facts = _booking(session, conflict.booking_id) or {}
    span = {"event_from": conflict.starts_on.isoformat(), "event_to": conflict.ends_on.isoformat()}
    return {**facts, **span, "feed_name": feed.name}


def _message(session: Session, message_id: int) -> Facts | None:
    statement = (
        select(Message, Conversation, User)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == Message.author_id)
        .where(Message.id == message_id)
        .options(joinedload(Conversation.listing), joinedload(Conversation.participants), WITH_PICTURES)
    )
    row = session.execute(statement).unique().one_or_none()
    if row is None:
        return None
    message, conversation, author = row
    return {
        "listing_title": conversation.listing.title,
        "conversation_id": conversation.id,
        "author_name": author.first_name,
        "comment": mask_contacts(message.body) if find_guarded(session, [conversation.id]) else message.body,
        "picture_count": len(message.attachments),
        "reader_ids": [one.user_id for one in conversation.participants if one.user_id != message.author_id],
    }


def _picture(session: Session, attachment_id: int) -> Facts | None:
    statement = (
        select(MessageAttachment, Listing.title)
        .join(Conversation, Conversation.id == MessageAttachment.conversation_id)
        .join(Listing, Listing.id == Conversation.listing_id)
        .where(MessageAttachment.id == attachment_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    picture, title = row
    return {"author_id": picture.author_id, "conversation_id": picture.conversation_id, "listing_title": title}


def _webhook_endpoint(session: Session, endpoint_id: int) -> Facts | None:
    endpoint = session.get(WebhookEndpoint, endpoint_id)
    if endpoint is None:
        return None
    return {"user_id": endpoint.owner_id, "endpoint": urlsplit(endpoint.url).hostname or endpoint.url}


def _money(amount_minor: int, currency: str) -> Facts:
    return {"amount_minor": amount_minor, "currency": currency}


_READERS: dict[str, Callable[[Session, int], Facts | None]] = {
    "user": _user,
    "session": _session,
    "export": _export,
    "booking": _booking,
    "change": _change,
    "payment": _payment,
    "refund": _refund,
    "payout": _payout,
    "dispute": _dispute,
    "review": _review,
    "listing": _listing,
    "conflict": _conflict,
    "message": _message,
    "picture": _picture,
    "webhook_endpoint": _webhook_endpoint,
}
