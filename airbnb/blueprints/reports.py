"""Telling staff about a listing, a person, or what somebody wrote."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.domain.kinds import ReportSubject
from airbnb.models.reports import Report
from airbnb.queries.listings import get_visible_listing
from airbnb.queries.messages import get_message_for
from airbnb.queries.reviews import get_review_for
from airbnb.queries.users import get_public_profile
from airbnb.schemas.reports import ReportCreateSchema, ReportSchema
from airbnb.services.reports import report
from airbnb.unit_of_work import in_transaction

bp = Blueprint("reports", __name__, description="Reports to staff")


@bp.route("/listings/<id:listing_id>/report", methods=["POST"])
@requires()
@bp.arguments(ReportCreateSchema)
@bp.response(201, ReportSchema)
@bp.alt_response(404, "NOT_FOUND")
def report_listing(body: dict[str, Any], listing_id: int) -> Report:
    """Tell staff about a listing; said again, the new words take the place of the old."""
    user_id = current_user.id

    def work(session: Session) -> Report:
        listing = get_visible_listing(session, listing_id=listing_id, viewer_id=user_id, is_staff=False)
        return report(session, user_id, subject=(ReportSubject.LISTING, listing_id), owner_id=listing.host_id, **body)

    return in_transaction(work)


@bp.route("/users/<id:user_id>/report", methods=["POST"])
@requires()
@bp.arguments(ReportCreateSchema)
@bp.response(201, ReportSchema)
@bp.alt_response(404, "NOT_FOUND")
def report_user(body: dict[str, Any], user_id: int) -> Report:
    """Tell staff about a person; said again, the new words take the place of the old."""
    reporter_id = current_user.id

    def work(session: Session) -> Report:
        get_public_profile(session, user_id)
        return report(session, reporter_id, subject=(ReportSubject.USER, user_id), owner_id=user_id, **body)

    return in_transaction(work)


@bp.route("/reviews/<id:review_id>/report", methods=["POST"])
@requires()
@bp.arguments(ReportCreateSchema)
@bp.response(201, ReportSchema)
@bp.alt_response(404, "NOT_FOUND")
def report_review(body: dict[str, Any], review_id: int) -> Report:
    """Tell staff about a published review; said again, the new words take the place of the old."""
    user_id = current_user.id

    def work(session: Session) -> Report:
        author_id = get_review_for(session, review_id, user_id=user_id).author_id
        return report(session, user_id, subject=(ReportSubject.REVIEW, review_id), owner_id=author_id, **body)

    return in_transaction(work)


@bp.route("/messages/<id:message_id>/report", methods=["POST"])
@requires()
@bp.arguments(ReportCreateSchema)
@bp.response(201, ReportSchema)
@bp.alt_response(404, "NOT_FOUND")
def report_message(body: dict[str, Any], message_id: int) -> Report:
    """Tell staff about a message that one got; said again, the new words take the place of the old."""
    user_id = current_user.id

    def work(session: Session) -> Report:
        author_id = get_message_for(session, message_id, user_id=user_id).author_id
        return report(session, user_id, subject=(ReportSubject.MESSAGE, message_id), owner_id=author_id, **body)

    return in_transaction(work)
