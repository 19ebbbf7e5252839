"""Reading accounts, each with what its callers need loaded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from airbnb.domain.errors import NotFound
from airbnb.domain.review_rules import WRITE_WITHIN
from airbnb.domain.statuses import BookingStatus, PendingOn, UserStatus
from airbnb.models.bookings import Booking
from airbnb.models.messages import ConversationParticipant, Message
from airbnb.models.notifications import Notification
from airbnb.models.reviews import Review
from airbnb.models.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits for a user."""

    unread_notifications: int
    unread_messages: int
    pending_requests: int
    pending_reviews: int


def find_user_by_email(session: Session, email: str) -> User | None:
    """Return the account with an address (lower case) and its roles, or None."""
    return session.scalar(select(User).where(User.email == email).options(selectinload(User.roles)))


def find_account_id(session: Session, email: str) -> int | None:
    """Return the id of the account with an address, or None; finding one costs hardly more than finding none."""
    return session.scalar(select(User.id).where(User.email == email))


def find_account_by_email(session: Session, email: str) -> User | None:
    """Return the account with an address, or None, by one statement either way: its roles are not loaded."""
    return session.scalar(select(User).where(User.email == email))


def get_user(session: Session, user_id: int) -> User:
    """Return an account with its roles. Raises: NotFound."""
    return _found(session.get(User, user_id, options=[selectinload(User.roles)]))


def lock_user(session: Session, user_id: int) -> User:
    """Return an account with its roles, kept from other writers until the transaction ends.

    Locks: the user's row. Raises: NotFound.
    """
    return _found(session.get(User, user_id, options=[selectinload(User.roles)], with_for_update=True))


def get_public_profile(session: Session, user_id: int) -> User:
    """Return an account that everybody may see, with its figures; suspended and closed ones are not found.

    Raises: NotFound.
    """
    statement = select(User).where(User.id == user_id, User.status == UserStatus.ACTIVE)
    return _found(session.scalar(statement.options(joinedload(User.figures))))


def count_waiting(session: Session, user_id: int, *, now: datetime) -> Waiting:
    """Return how much waits for a user, in one statement."""
    notifications = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    messages = (
        select(func.count())
        .select_from(ConversationParticipant)
        .join(Message, Message.conversation_id == ConversationParticipant.conversation_id)
        .where(
            ConversationParticipant.user_id == user_id,
            Message.author_id != user_id,
            Message.id > func.coalesce(ConversationParticipant.last_read_message_id, 0),
        )
    )
    requests = select(func.count()).where(
        Booking.host_id == user_id, Booking.status == BookingStatus.PENDING, Booking.pending_on == PendingOn.HOST
    )
    columns = [
        statement.scalar_subquery() for statement in (notifications, messages, requests, _to_review(user_id, now))
    ]
    figures = session.execute(select(*columns)).one()
    return Waiting(
        unread_notifications=figures[0],
        unread_messages=figures[1],
        pending_requests=figures[2],
        pending_reviews=figures[3],
    )


def _to_review(user_id: int, now: datetime) -> Select[int]:
    """Count the completed stays, on either side, that the user may still review and has not."""
    written = exists().where(Review.booking_id == Booking.id, Review.author_id == user_id)
    return select(func.count()).where(
        or_(Booking.guest_id == user_id, Booking.host_id == user_id),
        Booking.status == BookingStatus.COMPLETED,
        Booking.check_out_at >= now - WRITE_WITHIN,
        ~written,
    )


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound()
    return user
