"""What staff do to people and listings; each verb leaves an audit entry in its own transaction."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import ListingFault
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.listings import Listing
from airbnb.models.users import User
from airbnb.queries import transitions
from airbnb.queries.listings import list_published_ids, lock_listing
from airbnb.services import audit, listing_snapshots, listings, outbox, search_projection, users
from airbnb.services.account_care import ensure_may_act


def suspend_user(session: Session, user_id: int, *, cause: Cause) -> None:
    """Keep a user out until further notice.

    Raises: InvalidTransition unless the account is active; Forbidden for whom the actor may not act on.
    Writes: the status with history, the end of all sessions, each published listing's pause, an audit entry of each.
    """
    ensure_may_act(session, user_id, cause)
    users.suspend_user(session, user_id, reason=cause.reason or "", cause=cause)
    _record_move(session, "suspend_user", user_id, (UserStatus.ACTIVE, UserStatus.SUSPENDED), cause)
    for listing_id in list_published_ids(session, user_id):
        _pause(session, listing_id, cause)


def reinstate_user(session: Session, user_id: int, *, cause: Cause) -> None:
    """Let a suspended user in again.

    Paused listings stay so: their host decides when guests may book again.
    Raises: InvalidTransition unless the account is suspended; Forbidden for whom the actor may not act on.
    Writes: the status with history, an audit entry.
    """
    ensure_may_act(session, user_id, cause)
    users.lift_suspension(session, user_id, cause=cause)
    _record_move(session, "reinstate_user", user_id, (UserStatus.SUSPENDED, UserStatus.ACTIVE), cause)


def approve_listing(session: Session, listing_id: int, *, cause: Cause) -> None:
    """Publish a listing that waits for staff.

    Raises: NotFound; InvalidTransition unless the listing is in review.
    Writes: the status with history, search with the listing, a mail to the host, an audit entry.
    """
    listing = _get_listing(session, listing_id)
    before = listing.status
    listings.approve_listing(session, listing, cause=cause)
    listing_snapshots.take_snapshot(session, listing, cause=cause)
    # The reason of an approval is a note among staff.
    _record_decision(session, "approve_listing", listing_id, (before, ListingStatus.PUBLISHED), cause)


def ask_for_changes(session: Session, listing_id: int, *, fault: ListingFault, cause: Cause) -> None:
    """Give a listing in review back to its host, who is mailed what is wrong with it.

    Raises: NotFound; InvalidTransition unless the listing is in review.
    Writes: the status with history, a mail to the host, an audit entry.
    """
    listing = _get_listing(session, listing_id)
    before = listing.status
    listings.ask_for_changes(session, listing, cause=cause)
    told = {"reason_code": fault, "reason": cause.reason}
    moved = (before, ListingStatus.CHANGES_REQUESTED)
    _record_decision(session, "ask_for_listing_changes", listing_id, moved, cause, told)


def take_listing_down(session: Session, listing_id: int, *, cause: Cause) -> None:
    """Take a listing off the market; bookings that stand go on.

    Raises: NotFound; InvalidTransition unless the listing may be suspended.
    Writes: the status with history, search without the listing, a mail to the host, an audit entry.
    """
    listing = _get_listing(session, listing_id)
    before = listing.status
    transitions.move(session, Listing, listing_id, old=before, new=ListingStatus.SUSPENDED, cause=cause)
    search_projection.refresh_listing(session, listing_id)
    moved = (before, ListingStatus.SUSPENDED)
    _record_decision(session, "take_listing_down", listing_id, moved, cause, {"reason": cause.reason})


def reinstate_listing(session: Session, listing_id: int, *, cause: Cause) -> None:
    """Lift a listing's suspension into a pause: its host decides when guests may book again.

    Raises: NotFound; InvalidTransition unless the listing is suspended.
    Writes: the status with history, a mail to the host, an audit entry.
    """
    _get_listing(session, listing_id)
    moved = (ListingStatus.SUSPENDED, ListingStatus.PAUSED)
    transitions.move(session, Listing, listing_id, old=moved[0], new=moved[1], cause=cause)
    _record_decision(session, "reinstate_listing", listing_id, moved, cause)


def _pause(session: Session, listing_id: int, cause: Cause) -> None:
    listings.unpublish_listing(session, lock_listing(session, listing_id), cause=cause)
    moved = (ListingStatus.PUBLISHED, ListingStatus.PAUSED)
    audit.record_action(session, "pause_listing", Listing, listing_id, cause=cause, changes={"status": moved})


def _get_listing(session: Session, listing_id: int) -> Listing:
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound()
    return listing


def _record_decision(
    session: Session,
    action: str,
    listing_id: int,
    statuses: tuple[ListingStatus, ListingStatus],
    cause: Cause,
    told: Mapping[str, str | None] = MappingProxyType({}),
) -> None:
    """Have the host told, ``told`` included, and write it into the audit log."""
    payload = {"decision": statuses[1], **told}
    outbox.record(session, Topic.LISTING_DECISION, subject_id=listing_id, payload=payload)
    changes: dict[str, tuple[str | None, str | None]] = {"status": statuses}
    if "reason_code" in told:
        changes["reason_code"] = (None, told["reason_code"])
    audit.record_action(session, action, Listing, listing_id, cause=cause, changes=changes)


def _record_move(
    session: Session,
    action: str,
    user_id: int,
    statuses: tuple[UserStatus, UserStatus],
    cause: Cause,
) -> None:
    audit.record_action(session, action, User, user_id, cause=cause, changes={"status": statuses})
