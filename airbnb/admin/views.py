"""The base of every view: read only, for the right roles, with paging that never counts a big table."""

import logging
from typing import Any, ClassVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from airbnb.admin.access import EmptyForm, may, staff
from airbnb.admin.actions import ReasonForm, StaffAction, form_of
from airbnb.admin.filters import StaffFilterConverter
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.admin.sessions import reads
from airbnb.domain import clock
from airbnb.domain.account_errors import TotpSetupRequired
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import DomainError
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission

logger = logging.getLogger(__name__)

LOGIN_ENDPOINT = "admin.login"


def refuse() -> Response:
    """Send strangers to the sign-in, and answer 403 to staff without the right or the second factor."""
    member = staff()
    if member is None:
        return redirect(url_for(LOGIN_ENDPOINT, next=request.path))
    if member.needs_second_factor:
        page = render_template("admin/totp_setup_required.html", code=TotpSetupRequired.code)
        return Response(page, status=403, mimetype="text/html")
    abort(403)


class StaffView(ModelView):
    """A table as staff see it: list, search, filters, details, and actions that call services."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = True
    named_filter_urls = True
    page_size = 50
    simple_list_pager = True
    column_display_pk = True
    form_base_class = EmptyForm
    filter_converter = StaffFilterConverter()
    list_template = "admin/staff_list.html"
    details_template = "admin/staff_details.html"
    column_default_sort = ("id", True)

    #: The permission that opens the view.
    needs: ClassVar[Permission]
    staff_actions: ClassVar[tuple[StaffAction, ...]] = ()

    def __init__(self, model: type[Any], name: str, stem: str) -> None:
        """Show ``model`` at ``/admin/<stem>/``; the API has blueprints of the same stems, hence the prefix."""
        super().__init__(model, reads, name=name, endpoint=f"{ENDPOINT_PREFIX}{stem}", url=f"/admin/{stem}")

    def is_accessible(self) -> bool:
        return may(self.needs)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        return refuse()

    def get_one(self, id: Any) -> Any:
        """Return a row with the related rows that its page names, or None for what is no id."""
        if not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        return self.session.get(self.model, int(id), options=[joinedload(one) for one in self._auto_joins])

    def possible_actions(self, row: Any) -> list[StaffAction]:
        """Return what this member of staff may do to a row now."""
        return [action for action in self.staff_actions if may(action.permission) and action.applies(row)]

    @expose("/<int:row_id>/do/<action_name>", methods=("GET", "POST"))
    def do_view(self, row_id: int, action_name: str) -> Any:
        """Show what an action would do and ask for a reason; on POST, do it."""
        row = self.get_one(str(row_id)) or abort(404)
        action = next((one for one in self.staff_actions if one.name == action_name), None) or abort(404)
        member = staff()
        if member is None or not member.may(action.permission):
            return refuse()
        form = form_of(action, request.form)
        back = url_for(".details_view", id=row_id)
        if request.method == "POST" and form.validate():
            return self._do(action, row_id, member.id, form, back)
        possible = action.applies(row)
        page = self.render("admin/confirm.html", row=row, action=action, form=form, back=back, possible=possible)
        return (page, 422) if request.method == "POST" else page

    def _do(self, action: StaffAction, row_id: int, actor_id: int, form: ReasonForm, back: str) -> Response:
        reason, word = form.reason.data.strip(), form.choice.data if "choice" in form else ""
        try:
            action.run(row_id, by_staff(actor_id, now=clock.now(), reason=reason, ip=request.remote_addr), word)
        except DomainError as refusal:
            flash(refusal.detail, "error")
        else:
            logger.info("staff action", extra={"action": action.name, "subject_id": row_id, "actor_id": actor_id})
            flash(f"Done: {action.label.lower()}.", "success")
        return redirect(back)
