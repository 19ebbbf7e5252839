"""Pictures in messages: uploaded before they are sent, and served to who got their address."""

from contextlib import closing
from typing import Any

from flask import Blueprint as PlainBlueprint
from flask import Response, abort
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.domain import clock
from airbnb.domain.attachments import LINK_STEP
from airbnb.domain.errors import NotFound
from airbnb.queries.attachments import get_unsent
from airbnb.schemas.attachments import AttachmentSchema, AttachmentUploadSchema
from airbnb.services.attachments import attachment_dict, remove_unsent
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.attachments import open_attachment, upload_attachment

bp = Blueprint(
    "attachments",
    __name__,
    url_prefix="/conversations/<id:conversation_id>/attachments",
    description="Pictures in messages",
)
pictures = PlainBlueprint("pictures", __name__, url_prefix="/attachments")


@bp.route("", methods=["POST"])
@limited("upload")
@requires()
@bp.arguments(AttachmentUploadSchema, location="files")
@bp.response(201, AttachmentSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def upload(form: dict[str, Any], conversation_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Upload a picture, to be named in ``attachment_ids`` of a message within a day."""
    with closing(form["file"]) as file:
        attachment = upload_attachment(conversation_id, current_user.id, file.read())
    location = f"{PREFIX}/conversations/{conversation_id}/attachments/{attachment.id}"
    return attachment_dict(attachment, now=clock.now()), 201, {"Location": location}


@bp.route("/<id:attachment_id>", methods=["DELETE"])
@requires()
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove(conversation_id: int, attachment_id: int) -> None:
    """Remove a picture that was not sent; one that was stays with its message."""
    user_id = current_user.id

    def work(session: Session) -> None:
        found = get_unsent(session, attachment_id, conversation_id=conversation_id, author_id=user_id)
        if not remove_unsent(session, found):
            raise NotFound()

    in_transaction(work)


@pictures.get("/<id:attachment_id>/<size>/<secret>")
def show_picture(attachment_id: int, size: str, secret: str) -> Response:
    """Show a picture to who knows its address, for as long as that is good."""
    data = open_attachment(attachment_id, size, secret)
    if data is None:
        abort(Response("There is no such picture, or not at this address any more.\n", 404, mimetype="text/plain"))
    response = Response(data, mimetype="image/webp")
    response.headers["Cache-Control"] = f"private, max-age={int(LINK_STEP.total_seconds())}"
    # Frontends on other origins show it.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


show_picture.__dict__["__access__"] = "public"
