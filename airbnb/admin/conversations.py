"""Conversations at the dashboard: who talks with whom; what they say is read with a reason that is written down."""

from functools import partial
from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from airbnb.admin import formats
from airbnb.admin.access import staff
from airbnb.admin.actions import ReasonForm
from airbnb.admin.views import StaffView, refuse
from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission
from airbnb.models.messages import Message
from airbnb.services.attachments import attachment_paths
from airbnb.services.message_reading import read_conversation
from airbnb.unit_of_work import in_transaction, reading


class ConversationsView(StaffView):
    """Conversations without their words."""

    needs = Permission.MODERATE_LISTINGS
    about = "Who talks with whom. What they wrote opens with a reason; the audit log keeps who read it and why."
    details_template = "admin/conversation.html"
    column_list = ("id", "listing_id", "guest_id", "booking_id", "last_message_at", "created_at")
    column_details_list = column_list
    column_filters = ("listing_id",)
    column_sortable_list = ("id",)
    column_formatters = {
        "listing_id": formats.link("listings"),
        "guest_id": formats.link("users"),
        "booking_id": formats.link("bookings"),
        "last_message_at": formats.instant,
        "created_at": formats.instant,
    }

    @expose("/<int:row_id>/thread", methods=("GET", "POST"))
    def thread_view(self, row_id: int) -> Any:
        """Ask why, write it down, and show what the two wrote; reading it again asks again."""
        conversation = self.get_one(str(row_id)) or abort(404)
        member = staff()
        if member is None:
            return refuse()
        form = ReasonForm(request.form)
        back = url_for(".details_view", id=row_id)
        if request.method != "POST" or not form.validate():
            page = self.render("admin/thread.html", conversation=conversation, form=form, back=back, messages=None)
            return (page, 422) if request.method == "POST" else page
        cause = by_staff(member.id, now=clock.now(), reason=form.reason.data.strip(), ip=request.remote_addr)
        messages = in_transaction(partial(read_conversation, conversation_id=row_id, cause=cause))
        return self.render(
            "admin/thread.html",
            conversation=conversation,
            form=form,
            back=back,
            messages=messages,
            picture_paths=partial(attachment_paths, now=cause.at),
        )

    @expose("/message/<int:row_id>")
    def message_view(self, row_id: int) -> Response:
        """Lead from a reported message to the conversation that it stands in."""
        with reading() as session:
            message = (session.get(Message, row_id) if row_id <= MAX_ID else None) or abort(404)
        return redirect(url_for(".thread_view", row_id=message.conversation_id, message=row_id))
