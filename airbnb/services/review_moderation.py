"""Staff take a published review out of sight and bring it back; figures follow in the same transaction."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound
from airbnb.domain.statuses import ReviewStatus
from airbnb.domain.topics import Topic
from airbnb.models.reviews import Review
from airbnb.queries import transitions
from airbnb.services import audit, outbox
from airbnb.services.reviews import count_review


def hide_review(session: Session, review_id: int, *, cause: Cause) -> None:
    """Take a published review out of every list and figure; its author still sees it as hidden.

    Raises: NotFound; InvalidTransition unless the review is published.
    Writes: the status with history and the reason, figures, search's row, an audit entry, an event for its author.
    """
    _move(session, review_id, ReviewStatus.PUBLISHED, ReviewStatus.HIDDEN, cause=cause)
    outbox.record(session, Topic.REVIEW_HIDDEN, subject_id=review_id)


def unhide_review(session: Session, review_id: int, *, cause: Cause) -> None:
    """Show a hidden review again, under the day on which it was published.

    Raises: NotFound; InvalidTransition unless the review is hidden.
    Writes: the status with history, figures, search's row, an audit entry.
    """
    _move(session, review_id, ReviewStatus.HIDDEN, ReviewStatus.PUBLISHED, cause=cause)


def _move(session: Session, review_id: int, old: ReviewStatus, new: ReviewStatus, *, cause: Cause) -> None:
    review = session.get(Review, review_id, populate_existing=True)
    if review is None:
        raise NotFound()
    is_hidden = new is ReviewStatus.HIDDEN
    reason = cause.reason if is_hidden else None
    # The compare-and-set comes first: of two who do the same at once, one alone gets to the figures.
    transitions.move(session, Review, review_id, old=old, new=new, cause=cause, hidden_reason=reason)
    count_review(session, review, -1 if is_hidden else 1)
    action = "hide_review" if is_hidden else "unhide_review"
    audit.record_action(session, action, Review, review_id, cause=cause, changes={"status": (old, new)})
