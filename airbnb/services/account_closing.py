"""Closing an account: nobody signs in any more at once, and nothing new is booked."""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.account_closing import erasure_due
from airbnb.domain.causes import Cause, by_guest, by_host
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.domain.stays import local_date
from airbnb.domain.topics import Topic
from airbnb.models.account_safety import AccountClosure
from airbnb.models.users import User
from airbnb.queries import closures, transitions
from airbnb.queries.listings import has_coming_bookings, lock_listing
from airbnb.queries.one_time_tokens import spend_all_tokens
from airbnb.queries.sessions import end_sessions
from airbnb.services import listings, outbox

REASON = "the account was closed"


def close_account(session: Session, user: User, *, now: datetime, by_staff: Cause | None = None) -> AccountClosure:
    """Close an account on its owner's behalf; confirmed stays go on, and are settled as agreed.

    Owners close active accounts; staff, at the owner's wish, also suspended ones.

    Needs: the user's row is locked.
    Raises: InvalidTransition for any other account.
    Writes: the status with history, the end of sessions and links, listings out of search, when to erase, an event.
    """
    transitions.move(
        session,
        User,
        user.id,
        old=[UserStatus.ACTIVE, UserStatus.SUSPENDED] if by_staff else UserStatus.ACTIVE,
        new=UserStatus.CLOSED,
        cause=by_staff or by_guest(user.id, now=now, reason=REASON),
    )
    end_sessions(session, user.id, now=now)
    spend_all_tokens(session, user.id, now=now)
    for listing_id in closures.list_open_listing_ids(session, user.id):
        _take_away(session, listing_id, host_id=user.id, now=now)
    last = closures.find_last_check_out(session, user.id)
    closure = AccountClosure(
        user_id=user.id, closed_at=now, erase_after=erasure_due(closed_at=now, last_check_out=last)
    )
    session.add(closure)
    payload = {"erase_on": closure.erase_after.date().isoformat()}
    outbox.record(session, Topic.ACCOUNT_CLOSED, subject_id=user.id, payload=payload)
    return closure


def _take_away(session: Session, listing_id: int, *, host_id: int, now: datetime) -> None:
    listing, cause = lock_listing(session, listing_id), by_host(host_id, now=now, reason=REASON)
    if not has_coming_bookings(session, listing_id, today=local_date(now, listing.time_zone)):
        listings.archive_listing(session, listing, cause=cause)
    elif listing.status is ListingStatus.PUBLISHED:
        listings.unpublish_listing(session, listing, cause=cause)
