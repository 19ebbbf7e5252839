"""Where somebody is signed in, and ending it from afar."""

from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.errors import NotFound
from airbnb.domain.paging import Page
from airbnb.queries.sessions import end_session, list_live_sessions
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.schemas.sessions import SessionSchema
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("sessions", __name__, url_prefix="/auth/sessions", description="Signed-in devices")


@bp.route("", methods=["GET"])
@requires()
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(SessionSchema))
def list_sessions(args: dict[str, Any]) -> dict[str, Any]:
    """List the devices that the caller is signed in on, the newest first."""
    with reading() as session:
        page = list_live_sessions(session, current_user.id, page_request(args), now=clock.now())
    shown = [{**row.__dict__, "current": row.id == current_user.session_id} for row in page.items]
    return envelope(Page(items=shown, next_key=page.next_key), args)


@bp.route("/<id:session_id>", methods=["DELETE"])
@requires()
@bp.response(204)
def delete_session(session_id: int) -> None:
    """Sign a device out; its tokens stop working at once."""
    user_id = current_user.id
    if not in_transaction(lambda session: end_session(session, session_id, user_id=user_id, now=clock.now())):
        raise NotFound()
