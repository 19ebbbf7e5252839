"""Mails at the dashboard: what was sent to whom, what providers say of it, and who gets none."""

from functools import partial
from typing import Any

from flask import abort, request
from flask_admin import expose
from werkzeug.wrappers import Response

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.notifications import NotificationKind
from airbnb.domain.permissions import Permission
from airbnb.languages import SOURCE, known_locale, languages
from airbnb.services.mail_reports import lift_suppression
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.mail_samples import SAMPLES, sample_reader
from airbnb.workflows.mails import Letter, write_mail


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
    """Every mail that was ordered, and whether it went; and what each template says."""

    needs = Permission.SEE_USERS
    list_template = "admin/mails.html"
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

    @expose("/templates/")
    def templates_view(self) -> Any:
        """List every template in each of its ways."""
        names = [(name, SAMPLES[name][0]) for name in sorted(SAMPLES)]
        return self.render("admin/mail_templates.html", names=names, language=_language())

    @expose("/templates/<sample>")
    def template_view(self, sample: str) -> Any:
        """Show what a template says with sample facts, in the language chosen."""
        mail, language = _sample(sample), _language()
        page = self.render("admin/mail_template.html", name=sample, mail=mail, language=language, languages=languages())
        return page

    @expose("/templates/<sample>/html")
    def template_html_view(self, sample: str) -> Response:
        """Answer the HTML of a sample, for the frame of its page."""
        answer = Response(_sample(sample).html, mimetype="text/html")
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox"
        )
        return answer


def _language() -> str:
    wanted = known_locale(request.args.get("language", ""))
    return SOURCE if wanted is None else str(wanted)


def _sample(name: str) -> Any:
    if name not in SAMPLES:
        abort(404)
    template, facts = SAMPLES[name]
    reader = sample_reader(locale=_language())
    kind = next((kind for kind in NotificationKind if template.startswith(kind)), None)
    return write_mail(Letter(event_id=0, user=reader, template=template, facts=facts, subject_id=0, kind=kind))


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
