"""Reviews: written after a stay, hidden until both sides are in, answered once."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.etags import check_if_match, name_etag
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, optional_user, public, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.kinds import ReviewSide
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.domain.review_rules import CATEGORIES
from airbnb.models.reviews import Review
from airbnb.queries import reviews as queries
from airbnb.queries.bookings import Viewer, lock_booking_for
from airbnb.queries.idempotency import attach_resource
from airbnb.queries.listings import get_visible_listing
from airbnb.queries.users import get_public_profile
from airbnb.schemas.paging import page_of
from airbnb.schemas.reviews import (
    MyReviewsSchema,
    PublishedReviewsQuery,
    ResponseCreateSchema,
    ReviewCreateSchema,
    ReviewPatchSchema,
    ReviewSchema,
    ReviewsQuery,
    UserReviewsQuery,
)
from airbnb.services import reviews
from airbnb.services.review_views import review_dict, to_write_dict
from airbnb.services.reviews import ReviewDraft
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("reviews", __name__, description="Reviews of stays")

ETAG = "review"


@bp.route("/bookings/<string:booking_key>/review", methods=["POST"])
@requires(Permission.WRITE_REVIEWS)
@idempotent()
@bp.arguments(ReviewCreateSchema)
@bp.response(201, ReviewSchema)
@bp.alt_response(404, "NOT_FOUND")
def write_review(body: dict[str, Any], booking_key: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Review a completed stay, once per side, within 14 days of check-out."""
    user_id, claim, draft = current_user.id, current_claim(), ReviewDraft(**body)

    def work(session: Session) -> Review:
        if claim is not None and claim.resource_id is not None:
            return queries.get_review_for(session, claim.resource_id, user_id=user_id)
        booking = lock_booking_for(session, booking_key, Viewer(user_id=user_id))
        review = reviews.write_review(session, booking, draft, user_id=user_id, now=clock.now())
        attach_resource(session, claim, resource_type=Review.__tablename__, resource_id=review.id)
        return queries.get_review_for(session, review.id, user_id=user_id)

    review = in_transaction(work)
    return _named(review), 201, {"Location": f"{PREFIX}/reviews/{review.id}"}


@bp.route("/reviews/<id:review_id>", methods=["GET"])
@public
@bp.response(200, ReviewSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_review(review_id: int) -> dict[str, Any]:
    """Show a published review, or one of the caller's own."""
    with reading() as session:
        return _named(queries.get_review_for(session, review_id, user_id=_viewer_id()))


@bp.route("/reviews/<id:review_id>", methods=["PATCH"])
@requires(Permission.WRITE_REVIEWS)
@bp.arguments(ReviewPatchSchema)
@bp.response(200, ReviewSchema)
@bp.alt_response(404, "NOT_FOUND")
def edit_review(body: dict[str, Any], review_id: int) -> dict[str, Any]:
    """Change one's review until the other side has written."""
    user_id = current_user.id

    def work(session: Session) -> Review:
        review = queries.get_review_for(session, review_id, user_id=user_id)
        check_if_match(ETAG, review.id, review.version)
        draft = ReviewDraft(**{**_as_body(review), **body})
        return reviews.edit_review(session, review, draft, user_id=user_id, now=clock.now())

    return _named(in_transaction(work))


@bp.route("/reviews/<id:review_id>/response", methods=["POST"])
@requires(Permission.WRITE_REVIEWS)
@idempotent()
@bp.arguments(ResponseCreateSchema)
@bp.response(200, ReviewSchema)
@bp.alt_response(404, "NOT_FOUND")
def respond_to_review(body: dict[str, Any], review_id: int) -> dict[str, Any]:
    """Respond to a review about oneself, once, within 30 days of its publication."""
    user_id = current_user.id

    def work(session: Session) -> Review:
        review = queries.get_review_for(session, review_id, user_id=user_id)
        return reviews.respond(session, review, body["text"], user_id=user_id, now=clock.now())

    return _named(in_transaction(work))


@bp.route("/listings/<id:listing_id>/reviews", methods=["GET"])
@public
@bp.arguments(PublishedReviewsQuery, location="query")
@bp.response(200, page_of(ReviewSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_listing_reviews(args: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """List what guests wrote about a listing."""
    user = optional_user()
    is_staff = user is not None and user.may(Permission.SEE_LISTINGS)
    with reading() as session:
        get_visible_listing(session, listing_id=listing_id, viewer_id=_viewer_id(), is_staff=is_staff)
        return _listed(queries.list_of_listing(session, listing_id, page_request(args), args["sort"]), args)


@bp.route("/users/<id:user_id>/reviews", methods=["GET"])
@public
@bp.arguments(UserReviewsQuery, location="query")
@bp.response(200, page_of(ReviewSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_user_reviews(args: dict[str, Any], user_id: int) -> dict[str, Any]:
    """List what was written about a person, as guest, as host or both."""
    with reading() as session:
        get_public_profile(session, user_id)
        sides = _sides_about(args.get("role"))
        found = queries.list_about_user(session, user_id, sides, page_request(args), args["sort"])
        return _listed(found, args)


@bp.route("/users/me/reviews", methods=["GET"])
@requires()
@bp.arguments(ReviewsQuery, location="query")
@bp.response(200, MyReviewsSchema)
def list_my_reviews(args: dict[str, Any]) -> dict[str, Any]:
    """List what the caller wrote, the latest first, and every stay that waits for a review."""
    user_id = current_user.id
    with reading() as session:
        waiting = queries.list_to_write(session, user_id, now=clock.now())
        answer = _listed(queries.list_written(session, user_id, page_request(args)), args)
    return {**answer, "to_write": [to_write_dict(booking, viewer_id=user_id) for booking in waiting]}


def _sides_about(role: ReviewSide | None) -> tuple[ReviewSide, ...]:
    """Return who writes about somebody in a role: hosts about guests, guests about hosts."""
    if role is None:
        return tuple(ReviewSide)
    return (ReviewSide.HOST,) if role is ReviewSide.GUEST else (ReviewSide.GUEST,)


def _as_body(review: Review) -> dict[str, Any]:
    categories = {name: getattr(review, name) for name in CATEGORIES if getattr(review, name) is not None}
    return {
        "rating": review.rating,
        "comment": review.comment,
        "private_note": review.private_note,
        "categories": categories,
    }


def _viewer_id() -> int | None:
    user = optional_user()
    return user.id if user else None


def _named(review: Review) -> dict[str, Any]:
    name_etag(ETAG, review.id, review.version)
    return review_dict(review, viewer_id=_viewer_id())


def _listed(page: Page[Review], args: dict[str, Any]) -> dict[str, Any]:
    viewer_id = _viewer_id()
    return {**envelope(page, args), "data": [review_dict(review, viewer_id=viewer_id) for review in page.items]}
