"""Writing, publishing and answering reviews, and keeping the figures that come from them.

Source: docs/rules/reviews.md.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain import review_rules
from airbnb.domain.causes import by_system
from airbnb.domain.errors import DomainError, Forbidden, InvalidTransition, NotFound
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import ReviewSide
from airbnb.domain.statuses import ReviewStatus
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.listings import ListingFigures
from airbnb.models.reviews import Review
from airbnb.models.users import UserFigures
from airbnb.queries import reviews as queries
from airbnb.queries import transitions
from airbnb.services import outbox, search_projection


class AlreadyReviewed(DomainError):
    """This side has written its review of the booking."""

    code = "already_reviewed"
    message = "You have reviewed this stay already."


class AlreadyResponded(DomainError):
    """The review has its one response."""

    code = "already_responded"
    message = "You have responded to this review already."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """What one side says: stars overall and by category, a text for everybody and a note for the other side."""

    rating: int
    comment: str
    private_note: str | None = None
    categories: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Figures of one owner that are not what its reviews sum up to."""

    table: str
    owner_id: int
    stored: Mapping[str, int]
    counted: Mapping[str, int]

    def __str__(self) -> str:
        wrong = [
            f"{name} {self.stored[name]} instead of {right}"
            for name, right in self.counted.items()
            if self.stored[name] != right
        ]
        return f"{self.table} {self.owner_id}: {', '.join(wrong)}"


def side_of(booking: Booking, user_id: int) -> ReviewSide:
    """Return from which side a user reviews a booking. Raises: NotFound for those who are no party."""
    if user_id not in (booking.guest_id, booking.host_id):
        raise NotFound()
    return ReviewSide.GUEST if user_id == booking.guest_id else ReviewSide.HOST


def write_review(session: Session, booking: Booking, draft: ReviewDraft, *, user_id: int, now: datetime) -> Review:
    """Add one side's review; when it is the second, both are published.

    Needs: the booking's row is locked where locks exist, so that two sides writing at once see each other; if they
    did not, ``reviews.publish_due`` publishes a little later.
    Raises: AlreadyReviewed; InvalidTransition outside the window or before completion; NotFound.
    Writes: the review, an outbox event, and all that publishing writes.
    """
    side = side_of(booking, user_id)
    if any(review.side is side for review in queries.list_of_booking(session, booking.id)):
        raise AlreadyReviewed()
    if not review_rules.may_write(booking.status, booking.check_out_at, has_written=False, now=now):
        raise InvalidTransition(**{"from": booking.status.value, "to": "reviewed"})
    review = Review(
        id=new_id(),
        booking_id=booking.id,
        side=side,
        author_id=user_id,
        subject_id=booking.host_id if side is ReviewSide.GUEST else booking.guest_id,
        listing_id=booking.listing_id,
        window_ends_at=review_rules.write_until(booking.check_out_at),
        created_at=now,
        updated_at=now,
    )
    _fill(review, draft)
    try:
        with session.begin_nested():
            session.add(review)
    except IntegrityError as error:
        raise AlreadyReviewed() from error
    if not publish_booking(session, booking.id, now=now):
        outbox.record(session, Topic.REVIEW_RECEIVED, subject_id=review.id)
    return review


def edit_review(session: Session, review: Review, draft: ReviewDraft, *, user_id: int, now: datetime) -> Review:
    """Replace what a review says while the other side has not written.

    Raises: Forbidden for anybody but the author; InvalidTransition when it is too late.
    """
    if review.author_id != user_id:
        raise Forbidden()
    other_has_written = len(queries.list_of_booking(session, review.booking_id)) > 1
    check_out_at = review.window_ends_at - review_rules.WRITE_WITHIN
    if not review_rules.may_edit(
        review.status, other_has_written=other_has_written, check_out_at=check_out_at, now=now
    ):
        raise InvalidTransition(**{"from": review.status.value, "to": "edited"})
    _fill(review, draft)
    session.flush()
    return review


def respond(session: Session, review: Review, text: str, *, user_id: int, now: datetime) -> Review:
    """Add the reviewed side's one response.

    Raises: Forbidden for anybody else; AlreadyResponded; InvalidTransition when the 30 days are over.
    """
    if review.subject_id != user_id:
        raise Forbidden()
    if review.response is not None:
        raise AlreadyResponded()
    if not review_rules.may_respond(review.status, review.published_at, has_response=False, now=now):
        raise InvalidTransition(**{"from": review.status.value, "to": "responded"})
    review.response, review.responded_at = text, now
    session.flush()
    outbox.record(session, Topic.REVIEW_RESPONSE, subject_id=review.id)
    return review


def publish_booking(session: Session, booking_id: int, *, now: datetime) -> int:
    """Publish a booking's hidden reviews if it is time; returns how many came out.

    Idempotent: each review is moved by compare-and-set, so its figures are counted once.
    Raises: InvalidTransition when somebody else publishes them at this moment.
    Writes: reviews and their history, figures, search's row, outbox events.
    """
    reviews = queries.list_of_booking(session, booking_id)
    hidden = [review for review in reviews if review.status is ReviewStatus.PENDING]
    if not hidden:
        return 0
    check_out_at = hidden[0].window_ends_at - review_rules.WRITE_WITHIN
    if not review_rules.is_publishable(both_written=len(reviews) > 1, check_out_at=check_out_at, now=now):
        return 0
    for review in hidden:
        transitions.move(
            session,
            Review,
            review.id,
            old=ReviewStatus.PENDING,
            new=ReviewStatus.PUBLISHED,
            cause=by_system(now=now),
            published_at=now,
        )
        count_review(session, review, 1)
        outbox.record(session, Topic.REVIEW_PUBLISHED, subject_id=review.id)
    return len(hidden)


def count_review(session: Session, review: Review, times: int) -> None:
    """Add a review to the figures of those it is about, or with -1 take it out of them.

    Writes: figures by atomic increments, and search's row of a reviewed listing.
    """
    if review.side is ReviewSide.HOST:
        by_host = {"guest_rating_sum": review.rating * times, "guest_review_count": times}
        queries.grow_user_figures(session, review.subject_id, by_host)
        return
    given = {name: getattr(review, name) for name in review_rules.CATEGORIES if getattr(review, name) is not None}
    queries.grow_listing_figures(
        session,
        review.listing_id,
        {
            "rating_sum": review.rating * times,
            "review_count": times,
            **{f"{name}_sum": stars * times for name, stars in given.items()},
            **dict.fromkeys((f"{name}_count" for name in given), times),
        },
    )
    by_guest = {"host_rating_sum": review.rating * times, "host_review_count": times}
    queries.grow_user_figures(session, review.subject_id, by_guest)
    search_projection.refresh_listing(session, review.listing_id)


def audit_figures(session: Session, *, repair: bool = False) -> list[Difference]:
    """Compare all figures with the published reviews; with ``repair`` write what was counted."""
    places = _compare(session, ListingFigures, queries.count_listing_figures(session))
    # What others said of somebody who was erased stays with the stays; figures of that person do not.
    erased = queries.list_erased_ids(session)
    people = _compare(session, UserFigures, queries.count_user_figures(session), without=erased)
    if repair:
        for found in places:
            queries.set_figures(session, ListingFigures, found.owner_id, found.counted)
            search_projection.refresh_listing(session, found.owner_id)
        for found in people:
            queries.set_figures(session, UserFigures, found.owner_id, found.counted)
    return places + people


def _compare(
    session: Session,
    model: type[queries.FiguresModel],
    counted: Mapping[int, Mapping[str, int]],
    without: Collection[int] = (),
) -> list[Difference]:
    there = queries.stored_figures(session, model)
    names = queries.figure_names(model)
    differences = []
    for owner_id in sorted((there.keys() | counted.keys()) - set(without)):
        stored = there.get(owner_id, dict.fromkeys(names, 0))
        wanted = {name: counted.get(owner_id, {}).get(name, 0) for name in names}
        if stored != wanted:
            differences.append(Difference(table=model.__tablename__, owner_id=owner_id, stored=stored, counted=wanted))
    return differences


def _fill(review: Review, draft: ReviewDraft) -> None:
    review.rating, review.comment, review.private_note = draft.rating, draft.comment, draft.private_note
    for name in review_rules.CATEGORIES:
        setattr(review, name, draft.categories.get(name))
