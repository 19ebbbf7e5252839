"""Mails at the dashboard: what was sent to whom, what providers say of it, and who gets none."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.services.mail_reports import lift_suppression
from airbnb.unit_of_work import in_transaction


def _allow(suppression_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(lift_suppression, suppression_id=suppression_id, cause=cause))


ALLOW = StaffAction(
    name="allow",
    label="Allow mail again",
    permission=Permission.SUSPEND_USERS,
    applies=lambda suppression: True,
    effects=lambda suppression: [
        f"{suppression.address} gets mail again from now on; what was withheld is not sent.",
        "If it bounces or its reader complains once more, it is suppressed again.",
    ],
    run=_allow,
    tone="warning",
)


class MailsView(StaffView):
    """Every mail that was ordered, and whether it went."""

    needs = Permission.SEE_USERS
    column_list = ("id", "template", "to_address", "subject", "created_at", "sent_at", "withheld")
    column_details_list = (*column_list, "user_id", "message_id", "event_id")
    column_searchable_list = ("to_address", "message_id")
    column_filters = ("template", "withheld", "user_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "user_id": formats.link("users"),
        "created_at": formats.instant,
        "sent_at": formats.instant,
    }


class MailReportsView(StaffView):
    """What providers said became of mails."""

    needs = Permission.SEE_USERS
    column_list = ("id", "provider", "kind", "address", "message_id", "happened_at", "created_at")
    column_details_list = (*column_list, "detail", "event_id")
    column_searchable_list = ("address", "message_id")
    column_filters = ("provider", "address", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "detail": formats.paragraph,
        "happened_at": formats.instant,
        "created_at": formats.instant,
    }


class SuppressionsView(StaffView):
    """Addresses that get no mail, until somebody here allows it again."""

    needs = Permission.SEE_USERS
    staff_actions = (ALLOW,)
    is_small = True
    column_list = ("id", "address", "reason", "created_at")
    column_details_list = (*column_list, "report_id")
    column_searchable_list = ("address",)
    column_filters = ("reason", "created_at")
    column_sortable_list = ("id", "address", "created_at")
    column_formatters = {"report_id": formats.link("mail-reports"), "created_at": formats.instant}
