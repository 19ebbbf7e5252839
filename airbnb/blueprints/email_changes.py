"""Moving an account to another e-mail address."""

from typing import Any

from flask import Response, request

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, public, requires
from airbnb.blueprints.http.limits import limited
from airbnb.domain import clock
from airbnb.domain.causes import by_owner
from airbnb.schemas.auth import TokenSchema
from airbnb.schemas.email_changes import ChangeEmailSchema
from airbnb.services.email_changes import confirm_email_change
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import auth as workflows

bp = Blueprint("email_changes", __name__, url_prefix="/auth/email", description="Changing the e-mail address")

ACCEPTED = 202


@bp.route("/change", methods=["POST"])
@limited("mail-me")
@requires()
@bp.arguments(ChangeEmailSchema)
@bp.response(202)
@bp.alt_response(409, "CONFLICT")
def change_email(body: dict[str, Any]) -> Response:
    """Mail a link to the new address; the account moves when it is opened."""
    workflows.ask_email_change(user_id=current_user.id, email=body["email"], password=body.get("password"))
    return Response(status=ACCEPTED)


@bp.route("/confirm", methods=["POST"])
@limited("secret-guess")
@public
@bp.arguments(TokenSchema)
@bp.response(204)
@bp.alt_response(409, "CONFLICT")
def confirm_email(body: dict[str, Any]) -> None:
    """Move the account to the address that the token was mailed to; the old address is told."""
    cause = by_owner(now=clock.now(), ip=request.remote_addr)
    in_transaction(lambda session: confirm_email_change(session, body["token"], cause=cause))
