"""The caller's account, and what everybody may see of a person."""

from contextlib import closing
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.etags import check_if_match, name_etag
from airbnb.blueprints.http.identity import current_user, public, requires
from airbnb.domain import clock
from airbnb.domain.causes import by_owner
from airbnb.models.users import User, UserFigures
from airbnb.queries.users import Waiting, count_waiting, get_public_profile, get_user, lock_user
from airbnb.schemas.avatars import AvatarUploadSchema
from airbnb.schemas.exports import ClosingSchema
from airbnb.schemas.users import CountersSchema, PublicProfileSchema, UserPatchSchema, UserSchema
from airbnb.services import users
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import account_closing, avatars
from airbnb.workflows.outside import storage

bp = Blueprint("users", __name__, url_prefix="/users", description="Accounts and profiles")

ETAG = "user"


@bp.route("/me", methods=["GET"])
@requires()
@bp.response(200, UserSchema)
def show_me() -> dict[str, Any]:
    """Show the caller's account."""
    with reading() as session:
        user = get_user(session, current_user.id)
    return _named(user)


@bp.route("/me", methods=["PATCH"])
@requires()
@bp.arguments(UserPatchSchema)
@bp.response(200, UserSchema)
def update_me(body: dict[str, Any]) -> dict[str, Any]:
    """Change the caller's account."""
    user_id = current_user.id

    def work(session: Session) -> User:
        user = lock_user(session, user_id)
        check_if_match(ETAG, user.id, user.version)
        return users.update_profile(session, user, body, now=clock.now())

    return _named(in_transaction(work))


@bp.route("/me", methods=["DELETE"])
@requires()
@bp.response(202, ClosingSchema)
def close_account() -> dict[str, Any]:
    """Close the caller's account at once; what is known about them is erased when stays and money allow."""
    return {"erasure_scheduled_for": account_closing.close_account(current_user.id).erase_after}


@bp.route("/me/host", methods=["POST"])
@requires()
@bp.response(200, UserSchema)
def become_host() -> dict[str, Any]:
    """Let the caller offer listings; a host stays one."""
    user_id, cause = current_user.id, by_owner(now=clock.now(), ip=request.remote_addr)
    return _named(in_transaction(lambda rows: users.become_host(rows, lock_user(rows, user_id), cause=cause)))


@bp.route("/me/avatar", methods=["PUT"])
@requires()
@bp.arguments(AvatarUploadSchema, location="files")
@bp.response(200, UserSchema)
def upload_avatar(form: dict[str, Any]) -> dict[str, Any]:
    """Show another picture of the caller."""
    with closing(form["file"]) as file:
        return _named(avatars.upload_avatar(current_user.id, file.read()))


@bp.route("/me/avatar", methods=["DELETE"])
@requires()
@bp.response(204)
def delete_avatar() -> None:
    """Show no picture of the caller any more."""
    user_id = current_user.id
    in_transaction(lambda session: users.set_avatar(session, lock_user(session, user_id), None))


@bp.route("/me/counters", methods=["GET"])
@requires()
@bp.response(200, CountersSchema)
def show_counters() -> Waiting:
    """Count what waits for the caller."""
    with reading() as session:
        return count_waiting(session, current_user.id, now=clock.now())


@bp.route("/<id:user_id>", methods=["GET"])
@public
@bp.response(200, PublicProfileSchema)
def show_profile(user_id: int) -> dict[str, Any]:
    """Show what everybody may see of a person."""
    with reading() as session:
        user = get_public_profile(session, user_id)
    figures = user.figures or UserFigures()
    return {
        "id": user.id,
        "first_name": user.first_name,
        "avatar_url": avatar_url(user),
        "bio": user.bio,
        "languages": user.languages,
        "since": user.created_at,
        "reviews_as_host": _mean(figures.host_rating_sum, figures.host_review_count),
        "reviews_as_guest": _mean(figures.guest_rating_sum, figures.guest_review_count),
    }


def shown_user(user: User) -> dict[str, Any]:
    """Return an account in the shape of ``UserSchema``. Needs: its roles are loaded."""
    return {
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "bio": user.bio,
        "languages": user.languages,
        "locale": user.locale,
        "currency": user.currency,
        "avatar_url": avatar_url(user),
        "roles": sorted(role.role for role in user.roles),
        "birth_date": user.birth_date,
        "created_at": user.created_at,
    }


def avatar_url(user: User) -> str | None:
    """Return where a user's picture is fetched, or None."""
    return storage().url(user.avatar_key) if user.avatar_key else None


def _named(user: User) -> dict[str, Any]:
    name_etag(ETAG, user.id, user.version)
    return shown_user(user)


def _mean(rating_sum: int | None, count: int | None) -> dict[str, Any]:
    # A person without figures yet has None in both.
    return {"rating": round(rating_sum / count, 2) if rating_sum and count else None, "count": count or 0}
