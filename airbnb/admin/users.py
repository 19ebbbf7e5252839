"""People at the dashboard: find them, see them, suspend and reinstate them."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import UserStatus
from airbnb.services import moderation
from airbnb.unit_of_work import in_transaction


def _suspend(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.suspend_user, user_id=user_id, cause=cause))


def _reinstate(user_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(moderation.reinstate_user, user_id=user_id, cause=cause))


SUSPEND = StaffAction(
    name="suspend",
    label="Suspend user",
    permission=Permission.SUSPEND_USERS,
    applies=lambda user: user.status is UserStatus.ACTIVE,
    effects=lambda user: [
        f"{user.first_name} {user.last_name} is signed out on every device at once and cannot sign in.",
        "Listings and bookings stay as they are until you change them too.",
    ],
    run=_suspend,
)
REINSTATE = StaffAction(
    name="reinstate",
    label="Reinstate user",
    permission=Permission.SUSPEND_USERS,
    applies=lambda user: user.status is UserStatus.SUSPENDED,
    effects=lambda user: [f"{user.first_name} {user.last_name} can sign in again."],
    run=_reinstate,
)


class UsersView(StaffView):
    """Everyone with an account; what is secret about them is never selected for display."""

    needs = Permission.SEE_USERS
    staff_actions = (SUSPEND, REINSTATE)
    column_list = ("id", "email", "first_name", "last_name", "status", "email_verified_at", "created_at")
    column_details_list = (
        *column_list,
        "suspended_reason",
        "phone",
        "bio",
        "languages",
        "locale",
        "currency",
        "birth_date",
        "accepted_terms_version",
        "marketing_opt_in",
        "updated_at",
    )
    column_searchable_list = ("email", "last_name")
    column_filters = ("status", "created_at")
    column_sortable_list = ("id", "email")
    column_formatters = {
        "status": formats.status,
        "email_verified_at": formats.instant,
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "bio": formats.paragraph,
    }
