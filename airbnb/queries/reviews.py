"""Reading reviews, and adding to the figures that come from them by atomic increments."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import ReviewSide
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.review_rules import CATEGORIES, WRITE_WITHIN, ReviewOrder
from airbnb.domain.statuses import BookingStatus, ReviewStatus
from airbnb.models.account_safety import AccountClosure
from airbnb.models.bookings import Booking
from airbnb.models.listings import ListingFigures
from airbnb.models.reviews import Review
from airbnb.models.users import UserFigures
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page

SHOWN = (joinedload(Review.author), joinedload(Review.subject), joinedload(Review.listing))
MOST_TO_WRITE = 100
#: Reviews of as many stars stand with the latest first.
_LATEST = SortKey(Review.published_at)
_ORDERS: dict[ReviewOrder, tuple[SortKey, ...]] = {
    ReviewOrder.NEWEST: (_LATEST,),
    ReviewOrder.BEST: (SortKey(Review.rating), _LATEST),
    ReviewOrder.WORST: (SortKey(Review.rating, descending=False), _LATEST),
}

#: Column of a figures table -> the number it holds or grows by.
Numbers = Mapping[str, int]
FiguresModel = ListingFigures | UserFigures


def get_review_for(session: Session, review_id: int, *, user_id: int | None) -> Review:
    """Return a review that the caller may see: a published one everybody, any other its author.

    Raises: NotFound.
    """
    review = session.scalar(select(Review).where(Review.id == review_id).options(*SHOWN))
    if review is None or (review.status is not ReviewStatus.PUBLISHED and review.author_id != user_id):
        raise NotFound()
    return review


def list_of_booking(session: Session, booking_id: int) -> Sequence[Review]:
    """Return both sides' reviews of a booking, as far as they are in."""
    statement = select(Review).where(Review.booking_id == booking_id).options(*SHOWN)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def list_of_listing(session: Session, listing_id: int, page: PageRequest, order: ReviewOrder) -> Page[Review]:
    """Return what guests published about a listing."""
    return _published(session, page, order, Review.listing_id == listing_id, Review.side == ReviewSide.GUEST)


def list_about_user(
    session: Session, user_id: int, sides: Collection[ReviewSide], page: PageRequest, order: ReviewOrder
) -> Page[Review]:
    """Return what was published about a user; ``sides`` says who wrote."""
    return _published(session, page, order, Review.subject_id == user_id, Review.side.in_(sides))


def list_written(session: Session, author_id: int, page: PageRequest) -> Page[Review]:
    """Return what a user wrote, in every status, the latest first."""
    statement = select(Review).where(Review.author_id == author_id).options(*SHOWN)
    return fetch_page(session, statement, [SortKey(Review.id)], page)


def list_to_write(session: Session, user_id: int, *, now: datetime) -> Sequence[Booking]:
    """Return completed bookings that the user may still review, the most pressing first; at most a hundred."""
    written = select(Review.booking_id).where(Review.author_id == user_id)
    return session.scalars(
        select(Booking)
        .where(
            or_(Booking.guest_id == user_id, Booking.host_id == user_id),
            Booking.status == BookingStatus.COMPLETED,
            Booking.check_out_at >= now - WRITE_WITHIN,
            Booking.id.not_in(written),
        )
        .options(joinedload(Booking.listing), joinedload(Booking.guest), joinedload(Booking.host))
        .order_by(Booking.check_out_at, Booking.id)
        .limit(MOST_TO_WRITE)
    ).all()


def list_publishable_booking_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return bookings whose hidden reviews are to come out: the window is over, or both sides are in.

    Writing the second review publishes both at once; the second case heals what a lost race left behind.
    """
    statement = (
        select(Review.booking_id)
        .where(Review.status == ReviewStatus.PENDING)
        .group_by(Review.booking_id)
        .having(or_(func.min(Review.window_ends_at) < now, func.count() > 1))
        .order_by(Review.booking_id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def grow_listing_figures(session: Session, listing_id: int, by: Numbers) -> None:
    """Add to a listing's figures by one atomic UPDATE, or make its row."""
    _grow(session, ListingFigures.listing_id, listing_id, by)


def grow_user_figures(session: Session, user_id: int, by: Numbers) -> None:
    """Add to a user's figures by one atomic UPDATE, or make their row."""
    _grow(session, UserFigures.user_id, user_id, by)


def count_listing_figures(session: Session) -> dict[int, dict[str, int]]:
    """Return every listing's figures, counted anew from its published reviews."""
    sums = [func.coalesce(func.sum(getattr(Review, name)), 0).label(f"{name}_sum") for name in CATEGORIES]
    counts = [func.count(getattr(Review, name)).label(f"{name}_count") for name in CATEGORIES]
    statement = (
        select(
            Review.listing_id.label("id"),
            func.sum(Review.rating).label("rating_sum"),
            func.count().label("review_count"),
            *sums,
            *counts,
        )
        .where(Review.status == ReviewStatus.PUBLISHED, Review.side == ReviewSide.GUEST)
        .group_by(Review.listing_id)
    )
    return _numbers(session, statement)


def count_user_figures(session: Session) -> dict[int, dict[str, int]]:
    """Return every user's figures, counted anew from the published reviews about them."""
    found: dict[int, dict[str, int]] = {}
    for side, name in ((ReviewSide.HOST, "guest"), (ReviewSide.GUEST, "host")):
        statement = (
            select(
                Review.subject_id.label("id"),
                func.sum(Review.rating).label(f"{name}_rating_sum"),
                func.count().label(f"{name}_review_count"),
            )
            .where(Review.status == ReviewStatus.PUBLISHED, Review.side == side)
            .group_by(Review.subject_id)
        )
        for user_id, numbers in _numbers(session, statement).items():
            found.setdefault(user_id, {}).update(numbers)
    return found


def figure_names(model: type[FiguresModel]) -> list[str]:
    """Return the columns of a figures table without its key."""
    return [column.key for column in _table(model).c if not column.primary_key]


def list_erased_ids(session: Session) -> Sequence[int]:
    """Return the users of whom nothing is kept but what others need."""
    return session.scalars(select(AccountClosure.user_id).where(AccountClosure.erased_at.is_not(None))).all()


def stored_figures(session: Session, model: type[FiguresModel]) -> dict[int, dict[str, int]]:
    """Return every row of a figures table by its owner's id."""
    owner_id = next(iter(_table(model).primary_key)).key
    rows = session.scalars(select(model))
    return {getattr(row, owner_id): {name: getattr(row, name) for name in figure_names(model)} for row in rows}


def set_figures(session: Session, model: type[FiguresModel], owner_id: int, numbers: Numbers) -> None:
    """Write one row of figures as counted."""
    row = session.get(model, owner_id)
    if row is None:
        row = model(**{next(iter(_table(model).primary_key)).key: owner_id})
        session.add(row)
    for name, value in numbers.items():
        setattr(row, name, value)


def _table(model: type[FiguresModel]) -> Table:
    return cast(Table, model.__table__)


def _published(session: Session, page: PageRequest, order: ReviewOrder, *conditions: Any) -> Page[Review]:
    statement = select(Review).where(Review.status == ReviewStatus.PUBLISHED, *conditions).options(*SHOWN)
    return fetch_page(session, statement, [*_ORDERS[order], SortKey(Review.id)], page)


def _grow(session: Session, key: InstrumentedAttribute[int], owner_id: int, by: Numbers) -> None:
    model: Any = key.class_
    table: Table = model.__table__
    values = {name: table.c[name] + number for name, number in by.items()}
    grow = update(model).where(key == owner_id).values(values)
    if matched_rows(session, grow):
        return
    try:
        with session.begin_nested():
            session.add(model(**{key.key: owner_id}, **by))
    except IntegrityError:
        # Somebody else made the row a moment ago.
        matched_rows(session, grow)


def _numbers(session: Session, statement: Any) -> dict[int, dict[str, int]]:
    rows = session.execute(statement).mappings()
    return {row["id"]: {name: int(value) for name, value in row.items() if name != "id"} for row in rows}
