"""Who may do what: the one table that the API and the dashboard ask."""

from collections.abc import Iterable
from enum import StrEnum

from airbnb.domain.kinds import Role


class Permission(StrEnum):
    """A right that a role carries; rights over one's own objects are checked by the queries that load them."""

    MANAGE_OWN_ACCOUNT = "manage_own_account"
    BOOK_STAYS = "book_stays"
    TAKE_PART_IN_BOOKINGS = "take_part_in_bookings"
    MANAGE_OWN_LISTINGS = "manage_own_listings"
    RECEIVE_PAYOUTS = "receive_payouts"
    WRITE_REVIEWS = "write_reviews"
    SEE_DASHBOARD = "see_dashboard"
    SEE_USERS = "see_users"
    SEE_LISTINGS = "see_listings"
    SEE_BOOKINGS = "see_bookings"
    SEE_MONEY = "see_money"
    SUSPEND_USERS = "suspend_users"
    MODERATE_LISTINGS = "moderate_listings"
    CANCEL_BOOKINGS = "cancel_bookings"
    HANDLE_BOOKINGS = "handle_bookings"
    SECURE_ACCOUNTS = "secure_accounts"
    ERASE_USERS = "erase_users"
    MOVE_MONEY = "move_money"
    SET_PRICES = "set_prices"
    MANAGE_STAFF = "manage_staff"
    OPERATE = "operate"


GUEST_RIGHTS = frozenset(
    {
        Permission.MANAGE_OWN_ACCOUNT,
        Permission.BOOK_STAYS,
        Permission.TAKE_PART_IN_BOOKINGS,
        Permission.WRITE_REVIEWS,
    }
)
HOST_RIGHTS = GUEST_RIGHTS | {Permission.MANAGE_OWN_LISTINGS, Permission.RECEIVE_PAYOUTS}
SUPPORT_RIGHTS = frozenset(
    {
        Permission.MANAGE_OWN_ACCOUNT,
        Permission.SEE_DASHBOARD,
        Permission.SEE_USERS,
        Permission.SEE_LISTINGS,
        Permission.SEE_BOOKINGS,
        Permission.SUSPEND_USERS,
        Permission.MODERATE_LISTINGS,
        Permission.CANCEL_BOOKINGS,
        Permission.HANDLE_BOOKINGS,
        Permission.SECURE_ACCOUNTS,
    }
)
FINANCE_RIGHTS = frozenset(
    {
        Permission.MANAGE_OWN_ACCOUNT,
        Permission.SEE_DASHBOARD,
        Permission.SEE_USERS,
        Permission.SEE_LISTINGS,
        Permission.SEE_BOOKINGS,
        Permission.SEE_MONEY,
        Permission.MOVE_MONEY,
        Permission.SET_PRICES,
    }
)

RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.GUEST: GUEST_RIGHTS,
    Role.HOST: HOST_RIGHTS,
    Role.SUPPORT: SUPPORT_RIGHTS,
    Role.FINANCE: FINANCE_RIGHTS,
    Role.ADMIN: SUPPORT_RIGHTS | FINANCE_RIGHTS | {Permission.ERASE_USERS, Permission.MANAGE_STAFF, Permission.OPERATE},
}
STAFF_ROLES = frozenset({Role.SUPPORT, Role.FINANCE, Role.ADMIN})


def rights_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything that somebody with these roles may do."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def is_staff(roles: Iterable[Role]) -> bool:
    """Whether one of the roles belongs to staff."""
    return any(role in STAFF_ROLES for role in roles)


def may_act_on(actor_roles: Iterable[Role], subject_roles: Iterable[Role]) -> bool:
    """Whether staff may suspend, secure or erase somebody's account: that of other staff only who manages staff."""
    return not is_staff(subject_roles) or Permission.MANAGE_STAFF in rights_of(actor_roles)


def withheld_roles(roles: frozenset[Role], has_second_factor: bool, *, is_obligatory: bool) -> frozenset[Role]:
    """Return the roles that carry nothing yet, because staff with them must set up a second factor first."""
    return roles & STAFF_ROLES if is_obligatory and not has_second_factor else frozenset()
