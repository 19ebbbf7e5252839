"""What staff may do to people's accounts, each with what it reaches shown before."""

from collections.abc import Iterable
from functools import partial

from flask import url_for
from markupsafe import Markup

from airbnb.admin.access import staff
from airbnb.admin.actions import StaffAction
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.domain import clock
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission, may_act_on
from airbnb.domain.statuses import UserStatus
from airbnb.models.users import User
from airbnb.queries.closures import list_obligations
from airbnb.queries.people_effects import (
    Some,
    count_belongings,
    count_live_sessions,
    find_closure,
    has_second_factor,
    reach_of,
)
from airbnb.services import account_care, moderation
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.account_closing import close_account, erase_account_now

OPEN = (UserStatus.ACTIVE, UserStatus.SUSPENDED)
#: What an erasure leaves, and why.
KEPT = (
    "Bookings, payments, payouts, the ledger and documents stay, as the law asks: with “Deleted” as name.",
    "Published reviews stay, because others decided by them: nobody signs them.",
    "The log of consents stays, because it proves what was agreed to; so does the audit log.",
)


def may_touch(user: User) -> bool:
    """Whether the rules let this member of staff act on an account at all. Needs: its roles are loaded."""
    member = staff()
    if member is None or member.id == user.id:
        return False
    return may_act_on(member.roles, [role.role for role in user.roles])


def _named(label: str, some: Some, stem: str) -> list[str]:
    """Return a sentence with links to the first few of some rows; nothing when there are none."""
    if not some.count:
        return []
    links = Markup(", ").join(
        Markup('<a href="{}">{}</a>').format(url_for(f"{ENDPOINT_PREFIX}{stem}.details_view", id=row_id), words)
        for row_id, words in some.first
    )
    more = f" and {some.count - len(some.first)} more" if some.count > len(some.first) else ""
    return [Markup("{}: {}{}.").format(label.format(some.count), links, more)]


# Suspending


def _effects_of_suspending(user: User) -> list[str]:
    with reading() as session:
        reach = reach_of(session, user.id, now=clock.now())
    return [
        f"{user.first_name} {user.last_name} is signed out at once ({_times(reach.live_sessions, 'place')}) and cannot "
        "sign in.",
        *_named("Paused, and out of search: published listings ({})", reach.published, "listings"),
        *_named("Going on, cancel them one by one where needed: stays as host ({})", reach.stays_as_host, "bookings"),
        *_named("Going on, cancel them one by one where needed: stays as guest ({})", reach.stays_as_guest, "bookings"),
        *_nothing_else(reach.published, reach.stays_as_host, reach.stays_as_guest),
        "Money that is due to them is still paid, unless you hold it.",
    ]


def _nothing_else(*some: Some) -> Iterable[str]:
    return [] if any(one.count for one in some) else ["There are no published listings and no stays to come."]


def _times(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _suspend(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.suspend_user, user_id=user_id, cause=cause))


SUSPEND = StaffAction(
    name="suspend",
    label="Suspend user",
    permission=Permission.SUSPEND_USERS,
    applies=lambda user: user.status is UserStatus.ACTIVE and may_touch(user),
    effects=_effects_of_suspending,
    run=_suspend,
)


def _reinstate(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.reinstate_user, user_id=user_id, cause=cause))


REINSTATE = StaffAction(
    name="reinstate",
    label="Reinstate user",
    permission=Permission.SUSPEND_USERS,
    applies=lambda user: user.status is UserStatus.SUSPENDED and may_touch(user),
    effects=lambda user: [
        f"{user.first_name} {user.last_name} can sign in again.",
        "Listings stay paused until their host opens them.",
    ],
    run=_reinstate,
    tone="success",
)


# Keeping an account safe


def _live_sessions(user: User) -> int:
    with reading() as session:
        return count_live_sessions(session, user.id, now=clock.now())


def _end_sessions(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(account_care.end_sessions, user_id=user_id, cause=cause))


END_SESSIONS = StaffAction(
    name="end-sessions",
    label="Sign out everywhere",
    permission=Permission.SECURE_ACCOUNTS,
    applies=lambda user: may_touch(user) and _live_sessions(user) > 0,
    effects=lambda user: [
        f"{user.first_name} {user.last_name} is signed out in {_times(_live_sessions(user), 'place')} at once.",
        "They sign in again with what they know; nothing else changes.",
    ],
    run=_end_sessions,
    tone="warning",
)


def _has_factor(user: User) -> bool:
    with reading() as session:
        return has_second_factor(session, user.id)


def _reset_factor(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(account_care.reset_second_factor, user_id=user_id, cause=cause))


RESET_FACTOR = StaffAction(
    name="reset-second-factor",
    label="Reset the second factor",
    permission=Permission.SECURE_ACCOUNTS,
    applies=lambda user: user.status in OPEN and may_touch(user) and _has_factor(user),
    effects=lambda user: [
        "Their authenticator app and recovery codes stop working: the password alone lets them in.",
        "They are signed out everywhere and get a mail about it.",
        "Be sure that it is the owner who asks: whoever reads their mail could take the account over.",
    ],
    run=_reset_factor,
    reason_label="How you know that it is the owner (for the audit log)",
)


# Erasing


def _belongings(user: User) -> str:
    with reading() as session:
        counts = count_belongings(session, user.id)
    return ", ".join(f"{name} ({count})" for name, count in counts.items() if count) or "nothing else"


def _effects_of_closing(user: User) -> list[str]:
    with reading() as session:
        reach = reach_of(session, user.id, now=clock.now())
        obligations = list_obligations(session, user.id)
    return [
        "The account is closed at once: signed out everywhere, listings out of search, open requests given up.",
        *_named("Going on, settled as agreed: stays as host ({})", reach.stays_as_host, "bookings"),
        *_named("Going on, settled as agreed: stays as guest ({})", reach.stays_as_guest, "bookings"),
        f"Their data is erased by itself 14 days later, or 120 days after the last stay. It is about: "
        f"{_belongings(user)}.",
        *([f"Until then erasing waits for: {', '.join(obligations)}."] if obligations else []),
        *KEPT,
        "They get a mail that says when. This cannot be undone.",
    ]


CLOSE = StaffAction(
    name="close",
    label="Close and erase",
    permission=Permission.ERASE_USERS,
    applies=lambda user: user.status in OPEN and may_touch(user),
    effects=_effects_of_closing,
    run=lambda user_id, cause, _: _close(user_id, cause),
    reason_label="Who asked for it, and how (for the audit log)",
)


def _close(user_id: int, cause: Cause) -> None:
    close_account(user_id, by_staff=cause)


def _can_be_erased(user: User) -> bool:
    if user.status is not UserStatus.CLOSED or not may_touch(user):
        return False
    with reading() as session:
        closure = find_closure(session, user.id)
        return closure is not None and closure.erased_at is None


def _effects_of_erasing(user: User) -> list[str]:
    with reading() as session:
        obligations = list_obligations(session, user.id)
    if obligations:
        return [f"Not possible yet: {', '.join(obligations)}. It is erased by itself when they are settled."]
    return [
        f"Name, address, phone, password, messages' texts, private notes and pictures go now, for good. It is about: "
        f"{_belongings(user)}.",
        *KEPT,
        "A payment that is disputed after this can be defended without messages only.",
    ]


ERASE = StaffAction(
    name="erase",
    label="Erase now",
    permission=Permission.ERASE_USERS,
    applies=_can_be_erased,
    effects=_effects_of_erasing,
    run=lambda user_id, cause, _: erase_account_now(user_id, cause),
    reason_label="Why it cannot wait (for the audit log)",
)
