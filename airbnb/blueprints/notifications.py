"""What the caller was told in the app, and what they want to be told."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.models.notifications import Notification
from airbnb.queries import notifications as queries
from airbnb.schemas.notifications import (
    NotificationSchema,
    NotificationsQuery,
    PreferencesSchema,
    choices_of,
    shown_notification,
    shown_preferences,
)
from airbnb.schemas.paging import page_of
from airbnb.services.notifications import set_preferences
from airbnb.services.streams import recount
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("notifications", __name__, description="Alerts in the app and their settings")


@bp.route("/notifications", methods=["GET"])
@requires()
@bp.arguments(NotificationsQuery, location="query")
@bp.response(200, page_of(NotificationSchema))
def list_notifications(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's notifications, newest first."""
    asked = page_request(args)
    with reading() as session:
        page = queries.list_notifications(session, current_user.id, unread=args.get("unread"), page=asked)
    answer = envelope(page, args)
    return {**answer, "data": [shown_notification(one) for one in page.items]}


@bp.route("/notifications/<id:notification_id>/read", methods=["POST"])
@requires()
@bp.response(200, NotificationSchema)
def read_notification(notification_id: int) -> dict[str, Any]:
    """Mark one notification as read."""
    user_id = current_user.id

    def work(session: Session) -> Notification:
        if queries.mark_read(session, user_id, now=clock.now(), notification_id=notification_id):
            recount(session, user_id)
        return queries.get_notification_for(session, user_id, notification_id)

    return shown_notification(in_transaction(work))


@bp.route("/notifications/read-all", methods=["POST"])
@requires()
@bp.response(204)
def read_all_notifications() -> None:
    """Mark all the caller's notifications as read."""
    user_id = current_user.id

    def work(session: Session) -> None:
        if queries.mark_read(session, user_id, now=clock.now()):
            recount(session, user_id)

    in_transaction(work)


@bp.route("/users/me/notification-preferences", methods=["GET"])
@requires()
@bp.response(200, PreferencesSchema)
def show_preferences() -> dict[str, Any]:
    """Show what the caller is told about, by event and channel."""
    with reading() as session:
        return shown_preferences(queries.list_preferences(session, current_user.id))


@bp.route("/users/me/notification-preferences", methods=["PUT"])
@requires()
@bp.arguments(PreferencesSchema)
@bp.response(200, PreferencesSchema)
def replace_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Choose what to be told about; events left out go back to the default."""
    user_id, choices = current_user.id, choices_of(body)
    in_transaction(lambda session: set_preferences(session, user_id, choices))
    with reading() as session:
        return shown_preferences(queries.list_preferences(session, user_id))
