"""Bookings: who may see which, the rows they are locked by, and the candidates of the timers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, bindparam, exists, func, inspect, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from airbnb.domain.errors import NotFound
from airbnb.domain.ids import CODE_ALPHABET, CODE_LENGTH, MAX_ID
from airbnb.domain.kinds import ActorKind
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.statuses import BookingStatus, PendingOn, Phase
from airbnb.models.bookings import Booking, BookingLine
from airbnb.models.history import StatusChange
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.listings import ListingPhoto
from airbnb.models.messages import Conversation
from airbnb.models.payments import Payment
from airbnb.models.reviews import Review
from airbnb.models.users import User
from airbnb.queries.listings import cover_ids
from airbnb.queries.paging import SortKey, fetch_page

#: What a view of a booking shows of its own row and its parents.
SHOWN: tuple[ExecutableOption, ...] = (
    joinedload(Booking.listing),
    joinedload(Booking.guest),
    joinedload(Booking.host),
    selectinload(Booking.lines),
)


# What every booking sends is built once.
_LOCK_OF_PAYMENT = (
    select(Booking)
    .where(Booking.id == select(Payment.booking_id).where(Payment.id == bindparam("payment")).scalar_subquery())
    .with_for_update()
    .execution_options(populate_existing=True)
)
_LINES = select(BookingLine).where(BookingLine.booking_id == bindparam("booking")).order_by(BookingLine.position)
_LOCK_USER = select(User.id).where(User.id == bindparam("user")).with_for_update()
_UNPAID_HOLDS = (
    select(func.count())
    .select_from(Booking)
    .where(
        Booking.guest_id == bindparam("guest"),
        Booking.status == BookingStatus.PENDING,
        Booking.pending_on == PendingOn.PAYMENT,
        Booking.hold_expires_at >= bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks for a booking: a user, whether staff who may see all of them, and from where."""

    user_id: int
    is_staff: bool = False
    ip: str | None = None

    def side_of(self, booking: Booking) -> ActorKind:
        """Return as whom the viewer sees a booking of theirs; staff who are parties are parties."""
        if self.user_id == booking.guest_id:
            return ActorKind.GUEST
        return ActorKind.HOST if self.user_id == booking.host_id else ActorKind.STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFilter:
    """Which bookings a list shows; ``first`` and ``until`` are half-open on check-in."""

    side: ActorKind = ActorKind.GUEST
    statuses: Collection[BookingStatus] = ()
    phase: Phase | None = None
    first: date | None = None
    until: date | None = None


def get_booking_for(session: Session, key: str, viewer: Viewer) -> Booking:
    """Return a booking by id or code, with what is shown of it.

    Raises: NotFound also for those who are neither party nor staff.
    """
    booking = session.scalar(_by_key(key).options(*SHOWN))
    if booking is None or not _may_see(booking, viewer):
        raise NotFound()
    return booking


def lock_booking_for(session: Session, key: str, viewer: Viewer) -> Booking:
    """Return a booking by id or code with its lines, its row locked where locks exist. Raises: NotFound."""
    booking = session.scalar(
        _by_key(key).options(selectinload(Booking.lines)).with_for_update().execution_options(populate_existing=True)
    )
    if booking is None or not _may_see(booking, viewer):
        raise NotFound()
    return booking


def lock_booking(session: Session, booking_id: int) -> Booking:
    """Return a booking with its lines, its row locked where locks exist. Raises: NotFound."""
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(selectinload(Booking.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound()
    return booking


def lock_booking_of(session: Session, payment_id: int) -> Booking:
    """Return the booking of a payment without its lines, its row locked where locks exist. Raises: NotFound."""
    booking = session.scalar(_LOCK_OF_PAYMENT, {"payment": payment_id})
    if booking is None:
        raise NotFound()
    return booking


def load_lines(session: Session, booking: Booking) -> None:
    """Load a booking's lines if they are not there yet."""
    if "lines" in inspect(booking).unloaded:
        set_committed_value(booking, "lines", list(session.scalars(_LINES, {"booking": booking.id})))


def find_booking(session: Session, booking_id: int) -> Booking | None:
    """Return a booking alone, or None."""
    return session.get(Booking, booking_id)


def list_bookings(
    session: Session, user_id: int, wanted: BookingFilter, page: PageRequest, now: datetime
) -> Page[Booking]:
    """Return one page of a guest's or host's bookings, the latest check-in first."""
    mine = Booking.host_id if wanted.side is ActorKind.HOST else Booking.guest_id
    statement = select(Booking).where(mine == user_id).options(*SHOWN)
    if wanted.statuses:
        statement = statement.where(Booking.status.in_(wanted.statuses))
    if wanted.first is not None:
        statement = statement.where(Booking.check_in >= wanted.first)
    if wanted.until is not None:
        statement = statement.where(Booking.check_in < wanted.until)
    statement = _in_phase(statement, wanted.phase, now)
    return fetch_page(session, statement, [SortKey(Booking.check_in), SortKey(Booking.id)], page)


def lock_user(session: Session, user_id: int) -> None:
    """Hold a user's row, so that what is counted about them stays true until the commit."""
    session.execute(_LOCK_USER, {"user": user_id})


def count_unpaid_holds(session: Session, guest_id: int, *, now: datetime) -> int:
    """Return how many stays a guest holds without having paid."""
    return session.scalar(_UNPAID_HOLDS, {"guest": guest_id, "now": now}) or 0


def list_lapsed_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of holds and requests whose time is over."""
    return session.scalars(
        select(Booking.id)
        .where(
            Booking.status == BookingStatus.PENDING,
            or_(
                (Booking.pending_on == PendingOn.PAYMENT) & (Booking.hold_expires_at < now),
                (Booking.pending_on == PendingOn.HOST) & (Booking.respond_by < now),
            ),
        )
        .order_by(Booking.id)
        .limit(limit)
    ).all()


def list_finished_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of confirmed stays whose check-out has passed."""
    return session.scalars(
        select(Booking.id)
        .where(Booking.status == BookingStatus.CONFIRMED, Booking.check_out_at <= now)
        .order_by(Booking.check_out_at, Booking.id)
        .limit(limit)
    ).all()


def list_unearned_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of confirmed stays that have begun and whose earnings are not in the book."""
    earned = exists().where(LedgerTransaction.booking_id == Booking.id, LedgerTransaction.kind == "booking_earned")
    return session.scalars(
        select(Booking.id)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Booking.check_in_at <= now,
            Booking.total_minor + Booking.host_payout_minor > 0,
            ~earned,
        )
        .order_by(Booking.check_in_at, Booking.id)
        .limit(limit)
    ).all()


def list_history(session: Session, booking_ids: Collection[int]) -> Sequence[StatusChange]:
    """Return the moves of several bookings, oldest first."""
    return session.scalars(
        select(StatusChange)
        .where(StatusChange.subject_type == Booking.__tablename__, StatusChange.subject_id.in_(booking_ids))
        .order_by(StatusChange.id)
    ).all()


def list_payments_of(session: Session, booking_ids: Collection[int]) -> Sequence[Payment]:
    """Return every attempt to pay several bookings, in the order in which they were made."""
    return session.scalars(
        select(Payment).where(Payment.booking_id.in_(booking_ids)).order_by(Payment.booking_id, Payment.attempt)
    ).all()


def list_reviews_of(session: Session, booking_ids: Collection[int]) -> Sequence[Review]:
    """Return both sides' reviews of several bookings."""
    return session.scalars(select(Review).where(Review.booking_id.in_(booking_ids))).all()


def list_cover_photos(session: Session, listing_ids: Collection[int]) -> Sequence[ListingPhoto]:
    """Return the cover of each of several listings that has one."""
    return session.scalars(select(ListingPhoto).where(ListingPhoto.id.in_(cover_ids(listing_ids)))).all()


def list_conversations(session: Session, bookings: Collection[Booking]) -> Sequence[Conversation]:
    """Return the conversations that the bookings' guests have about their listings."""
    return session.scalars(
        select(Conversation).where(
            Conversation.guest_id.in_({booking.guest_id for booking in bookings}),
            Conversation.listing_id.in_({booking.listing_id for booking in bookings}),
        )
    ).all()


def _by_key(key: str) -> Select[Booking]:
    if len(key) == CODE_LENGTH and all(letter in CODE_ALPHABET for letter in key):
        return select(Booking).where(Booking.code == key)
    if key.isascii() and key.isdecimal() and len(key) <= 19 and int(key) <= MAX_ID:
        return select(Booking).where(Booking.id == int(key))
    raise NotFound()


def _may_see(booking: Booking, viewer: Viewer) -> bool:
    return viewer.is_staff or viewer.user_id in (booking.guest_id, booking.host_id)


def _in_phase(statement: Select[Booking], phase: Phase | None, now: datetime) -> Select[Booking]:
    if phase is Phase.UPCOMING:
        return statement.where(Booking.check_in_at > now)
    if phase is Phase.IN_STAY:
        return statement.where(Booking.check_in_at <= now, Booking.check_out_at > now)
    if phase is Phase.PAST:
        return statement.where(Booking.check_out_at <= now)
    return statement
