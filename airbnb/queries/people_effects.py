"""What suspending or erasing somebody would touch, counted and with the first few named, for staff to read before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import BookingStatus, ListingStatus
from airbnb.models.account_safety import AccountClosure
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.messages import Message, MessageAttachment
from airbnb.models.payments import Payment
from airbnb.models.payouts import Payout
from airbnb.models.reviews import Review
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import UserSession

MOST_NAMED = 10
COMING = (BookingStatus.PENDING, BookingStatus.CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """How many rows there are, and the first few of them as ``(id, words)``."""

    count: int
    first: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a suspension reaches."""

    live_sessions: int
    published: Some
    stays_as_host: Some
    stays_as_guest: Some


def reach_of(session: Session, user_id: int, *, now: datetime) -> Reach:
    """Return what suspending a user would touch."""
    published = (Listing.host_id == user_id, Listing.status == ListingStatus.PUBLISHED)
    first = session.execute(select(Listing.id, Listing.title).where(*published).order_by(Listing.id).limit(MOST_NAMED))
    return Reach(
        live_sessions=count_live_sessions(session, user_id, now=now),
        published=Some(
            count=_count(session, select(func.count()).select_from(Listing).where(*published)),
            first=[(row.id, row.title) for row in first],
        ),
        stays_as_host=_stays(session, Booking.host_id == user_id, now),
        stays_as_guest=_stays(session, Booking.guest_id == user_id, now),
    )


def count_live_sessions(session: Session, user_id: int, *, now: datetime) -> int:
    """Return in how many places a user is signed in."""
    live = (UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now)
    return _count(session, select(func.count()).select_from(UserSession).where(*live))


def has_second_factor(session: Session, user_id: int) -> bool:
    """Whether a user has set a second factor up and confirmed it."""
    found = select(TotpFactor.id).where(TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_not(None))
    return session.scalar(found) is not None


def find_closure(session: Session, user_id: int) -> AccountClosure | None:
    """Return when an account was closed and is to be erased, or None."""
    return session.get(AccountClosure, user_id)


def count_belongings(session: Session, user_id: int) -> dict[str, int]:
    """Return how many rows of each kind an erasure is about, in plain words."""
    hosted = select(Listing.id).where(Listing.host_id == user_id)
    party = or_(Booking.guest_id == user_id, Booking.host_id == user_id)
    counts: dict[str, Select[int]] = {
        "listings": select(func.count()).select_from(Listing).where(Listing.host_id == user_id),
        "photos": select(func.count()).select_from(ListingPhoto).where(ListingPhoto.listing_id.in_(hosted)),
        "messages": select(func.count()).select_from(Message).where(Message.author_id == user_id),
        "pictures in messages": select(func.count())
        .select_from(MessageAttachment)
        .where(MessageAttachment.author_id == user_id),
        "reviews": select(func.count()).select_from(Review).where(Review.author_id == user_id),
        "bookings": select(func.count()).select_from(Booking).where(party),
        "payments": select(func.count()).select_from(Payment).where(Payment.payer_id == user_id),
        "payouts": select(func.count()).select_from(Payout).where(Payout.host_id == user_id),
    }
    row = session.execute(select(*(statement.scalar_subquery() for statement in counts.values()))).one()
    return dict(zip(counts, row, strict=True))


def _stays(session: Session, mine: ColumnElement[bool], now: datetime) -> Some:
    coming = (mine, Booking.status.in_(COMING), Booking.check_out_at > now)
    named = select(Booking.id, Booking.code, Booking.check_in, Booking.check_out, Booking.status)
    first = session.execute(named.where(*coming).order_by(Booking.check_in, Booking.id).limit(MOST_NAMED))
    return Some(
        count=_count(session, select(func.count()).select_from(Booking).where(*coming)),
        first=[(row.id, f"{row.code}, {row.check_in} to {row.check_out}, {row.status.value}") for row in first],
    )


def _count(session: Session, statement: Select[int]) -> int:
    return session.scalar(statement) or 0
