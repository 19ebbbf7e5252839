"""What people tell staff about listings and each other, at the dashboard: read it, and say what came of it."""

from functools import partial
from typing import Any

from flask import url_for
from markupsafe import Markup

from airbnb.admin import formats
from airbnb.admin.actions import Choice, StaffAction
from airbnb.admin.filters import IsOpen
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.kinds import ReportOutcome, ReportSubject
from airbnb.domain.permissions import Permission
from airbnb.models.reports import Report
from airbnb.services.reports import handle_report
from airbnb.unit_of_work import in_transaction

#: Where staff see what was reported.
PAGES = {ReportSubject.LISTING: "listings", ReportSubject.USER: "users", ReportSubject.REVIEW: "reviews"}


def _handle(report_id: int, cause: Cause, outcome: str) -> None:
    in_transaction(partial(handle_report, report_id=report_id, outcome=ReportOutcome(outcome), cause=cause))


def _subject(view: Any, context: Any, row: Report, name: str) -> Any:
    text = f"{row.subject_type.value} {row.subject_id}"
    if row.subject_type in PAGES:
        page = url_for(f"{formats.ENDPOINT_PREFIX}{PAGES[row.subject_type]}.details_view", id=row.subject_id)
    else:  # a message, whose conversation is read with a reason
        page = url_for(f"{formats.ENDPOINT_PREFIX}conversations.message_view", row_id=row.subject_id)
    return Markup('<a href="{}">{}</a>').format(page, text)


HANDLE = StaffAction(
    name="handle",
    label="Close report",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda report: report.handled_at is None,
    effects=lambda report: [
        "The report leaves the list of what is open. Nobody is told: do what follows from it first.",
        "Said again by the same person, it is open again.",
    ],
    run=_handle,
    choice=Choice(label="What came of it", words=ReportOutcome),
    reason_label="Note (among staff)",
    tone="primary",
)


class ReportsView(StaffView):
    """Everything that people told staff, newest first."""

    needs = Permission.MODERATE_LISTINGS
    staff_actions = (HANDLE,)
    is_small = True
    column_list = ("id", "state", "subject", "reason_code", "reporter", "created_at", "outcome", "handled_by")
    column_details_list = (
        "id",
        "state",
        "subject",
        "reason_code",
        "text",
        "reporter",
        "created_at",
        "updated_at",
        "outcome",
        "note",
        "handled_by",
        "handled_at",
    )
    column_searchable_list = ("text", "reporter.email")
    column_filters = (
        IsOpen(Report.handled_at),
        "subject_type",
        "reason_code",
        "outcome",
        "subject_id",
        "reporter_id",
        "created_at",
        "handled_at",
    )
    column_sortable_list = ("id", "created_at")
    column_labels = {"reason_code": "Reason", "reporter.email": "Reporter"}
    column_formatters = {
        "state": formats.openness("handled_at"),
        "subject": _subject,
        "reason_code": formats.word,
        "outcome": formats.word,
        "reporter": formats.link_to("users", "reporter", "email"),
        "handled_by": formats.link_to("users", "handled_by", "email"),
        "text": formats.paragraph,
        "note": formats.paragraph,
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "handled_at": formats.instant,
    }
