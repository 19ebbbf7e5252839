"""What staff do to people and listings; each verb leaves an audit entry in its own transaction."""

from enum import StrEnum

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.listings import Listing
from airbnb.models.users import User
from airbnb.queries import transitions
from airbnb.services import audit, outbox, search_projection, users


def suspend_user(session: Session, user_id: int, *, cause: Cause) -> None:
    """Keep a user out until further notice.

    Raises: InvalidTransition unless the account is active.
    Writes: the status with history, the end of all sessions, an audit entry.
    """
    users.suspend_user(session, user_id, reason=cause.reason or "", cause=cause)
    _record_move(session, "suspend_user", User, user_id, (UserStatus.ACTIVE, UserStatus.SUSPENDED), cause)


def reinstate_user(session: Session, user_id: int, *, cause: Cause) -> None:
    """Let a suspended user in again.

    Raises: InvalidTransition unless the account is suspended.
    Writes: the status with history, an audit entry.
    """
    users.lift_suspension(session, user_id, cause=cause)
    _record_move(session, "reinstate_user", User, user_id, (UserStatus.SUSPENDED, UserStatus.ACTIVE), cause)


def take_listing_down(session: Session, listing_id: int, *, cause: Cause) -> None:
    """Take a listing off the market; bookings that stand go on.

    Raises: NotFound; InvalidTransition unless the listing may be suspended.
    Writes: the status with history, search without the listing, a mail to the host, an audit entry.
    """
    listing = _get_listing(session, listing_id)
    before = listing.status
    transitions.move(session, Listing, listing_id, old=before, new=ListingStatus.SUSPENDED, cause=cause)
    search_projection.refresh_listing(session, listing_id)
    outbox.record(
        session,
        Topic.LISTING_DECISION,
        subject_id=listing_id,
        payload={"decision": ListingStatus.SUSPENDED, "reason": cause.reason},
    )
    _record_move(session, "take_listing_down", Listing, listing_id, (before, ListingStatus.SUSPENDED), cause)


def _get_listing(session: Session, listing_id: int) -> Listing:
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound()
    return listing


def _record_move(
    session: Session,
    action: str,
    subject: type[User] | type[Listing],
    subject_id: int,
    statuses: tuple[StrEnum, StrEnum],
    cause: Cause,
) -> None:
    audit.record_action(session, action, subject, subject_id, cause=cause, changes={"status": statuses})
