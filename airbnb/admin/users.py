"""People at the dashboard: find them, see what hangs on them, and look after their accounts."""

from typing import Any

from sqlalchemy.orm import selectinload

from airbnb.admin import formats
from airbnb.admin.notes import NotedView
from airbnb.admin.user_acts import CLOSE, END_SESSIONS, ERASE, REINSTATE, RESET_FACTOR, SUSPEND
from airbnb.admin.views import Related
from airbnb.domain import clock
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission
from airbnb.models.users import User
from airbnb.queries.people_effects import Reach, find_closure, has_second_factor, reach_of
from airbnb.unit_of_work import reading


class UsersView(NotedView):
    """Everyone with an account; what is secret about them is never selected for display."""

    needs = Permission.SEE_USERS
    details_template = "admin/user_details.html"
    related = (
        Related(label="Listings", view="listings", column="host_id"),
        Related(label="Stays as guest", view="bookings", column="guest_id"),
        Related(label="Stays as host", view="bookings", column="host_id"),
        Related(label="Payments", view="payments", column="payer_id"),
        Related(label="Payouts", view="payouts", column="host_id"),
        Related(label="Reviews written", view="reviews", column="author_id"),
        Related(label="Mails", view="mails", column="user_id"),
        Related(label="What they did as staff", view="audit", column="actor_id"),
    )
    staff_actions = (SUSPEND, REINSTATE, END_SESSIONS, RESET_FACTOR, CLOSE, ERASE)
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

    def get_one(self, id: Any) -> Any:
        """Return an account with its roles."""
        if not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        return self.session.get(User, int(id), options=[selectinload(User.roles)])

    def title_of(self, row: User) -> str:
        """Return what the page of an account is called."""
        return f"{row.first_name} {row.last_name}".strip()

    def standing_of(self, row: User) -> dict[str, Any]:
        """Return what staff look for first: where the person is signed in, what is published, what is to come."""
        with reading() as session:
            reach: Reach = reach_of(session, row.id, now=clock.now())
            return {
                "reach": reach,
                "has_factor": has_second_factor(session, row.id),
                "closure": find_closure(session, row.id),
            }
