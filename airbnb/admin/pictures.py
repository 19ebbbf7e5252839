"""Pictures of messages at the dashboard, without showing them: who sent which, and taking one down."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.services.attachment_moderation import take_picture_down
from airbnb.unit_of_work import in_transaction


def _take_down(attachment_id: int, cause: Cause, _: str) -> None:
    in_transaction(partial(take_picture_down, attachment_id=attachment_id, cause=cause))


TAKE_DOWN = StaffAction(
    name="take-down",
    label="Take picture down",
    permission=Permission.MODERATE_LISTINGS,
    applies=lambda picture: picture.message_id is not None and picture.removed_at is None,
    effects=lambda picture: [
        "Neither side sees it any more; the message says that a picture was there.",
        "Its files are deleted. This can't be undone.",
        "Who sent it is told, with your reason, by mail and in the product; the other side is not.",
    ],
    run=_take_down,
    reason_label="Reason (who sent it reads it, and the audit log keeps it)",
)


class PicturesView(StaffView):
    """Every picture of a message or waiting for one, by its row alone."""

    needs = Permission.MODERATE_LISTINGS
    about = "Which pictures people sent. They are shown in their conversation, which opens with a reason."
    staff_actions = (TAKE_DOWN,)
    column_list = ("id", "conversation_id", "message_id", "author_id", "size_bytes", "created_at", "removed_at")
    column_details_list = (*column_list, "width", "height")
    column_filters = ("author_id", "message_id")
    column_sortable_list = ("id",)
    column_formatters = {
        "conversation_id": formats.link("conversations"),
        "author_id": formats.link("users"),
        "created_at": formats.instant,
        "removed_at": formats.instant,
    }
