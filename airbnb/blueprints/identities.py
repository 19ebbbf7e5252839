"""The providers through which the caller signs in."""

from typing import Any

from flask import request

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.causes import by_owner
from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import SignInProvider
from airbnb.queries.identities import list_identities
from airbnb.schemas.oauth import IdentitySchema
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.services import identities
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import sign_in_provider_names

bp = Blueprint("identities", __name__, url_prefix="/users/me/identities", description="Providers to sign in through")


@bp.route("", methods=["GET"])
@requires()
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(IdentitySchema))
def list_mine(args: dict[str, Any]) -> dict[str, Any]:
    """List the providers that are linked to the caller's account, the newest first."""
    with reading() as session:
        page = list_identities(session, current_user.id, page_request(args))
    return envelope(page, args)


@bp.route("/<string:provider>", methods=["DELETE"])
@requires()
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def unlink(provider: str) -> None:
    """Unlink a provider; the last way in stays."""
    if provider not in list(SignInProvider):
        raise NotFound()
    user_id, usable = current_user.id, sign_in_provider_names()
    cause = by_owner(now=clock.now(), ip=request.remote_addr)
    in_transaction(
        lambda session: identities.unlink(session, user_id, SignInProvider(provider), usable=usable, cause=cause)
    )
